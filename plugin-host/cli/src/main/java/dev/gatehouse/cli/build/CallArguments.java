package dev.gatehouse.cli.build;

import dev.gatehouse.cli.option.Arguments;
import dev.gatehouse.cli.option.Options;
import dev.gatehouse.cli.option.UsageException;
import dev.gatehouse.client.BuildClient;
import dev.gatehouse.client.BuildRequest;
import dev.gatehouse.client.BuildResult;
import dev.gatehouse.client.StatusListener;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.Result;
import dev.gatehouse.frontend.SolveRequest;
import dev.gatehouse.llb.json.Json;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** Questions to the frontend in the place of a build: {@code --call} and {@code --check}. */
public final class CallArguments {
  private static final String CALL = "--call";
  private static final String CHECK = "--check";
  private static final String LINT = "frontend.lint";
  private static final Map<String, String> REQUESTS =
      Map.of(
          "check",
          LINT,
          "lint",
          LINT,
          "outline",
          "frontend.outline",
          "targets",
          "frontend.targets");

  private final CommandSpec spec;
  private final PrintStream out;

  public CallArguments(CommandSpec spec, PrintStream out) {
    this.spec = spec;
    this.out = out;
    spec.addOption(
            Options.value(
                "METHOD[,format=json]",
                "What to ask for: build (default), check, outline, targets, or a request of the"
                    + " frontend by its name.",
                CALL))
        .addOption(Options.flag("Short for --call=check.", CHECK));
  }

  /**
   * A question.
   *
   * @param id of the frontend's request
   * @param json whether the answer is printed as JSON
   */
  public record Call(String id, boolean json) {}

  /** What is asked; empty for a build. */
  public Optional<Call> call() throws UsageException {
    String text = Options.get(spec, CALL, Options.isSet(spec, CHECK) ? "check" : "build");
    List<String> fields = Arguments.csv(CALL, text);
    String method = fields.get(0);
    boolean json = false;
    for (String field : fields.subList(1, fields.size())) {
      switch (field) {
        case "format=json" -> json = true;
        case "format=text" -> json = false;
        default ->
            throw new UsageException(
                "--call "
                    + text
                    + ": "
                    + field
                    + " is unknown, expected format=json or format=text");
      }
    }
    if (method.equals("build")) {
      return Optional.empty();
    }
    String id = REQUESTS.getOrDefault(method, method);
    if (id.indexOf('.') < 0) {
      throw new UsageException(
          "--call "
              + method
              + " is unknown, expected build, check, outline, targets or a request such as"
              + " frontend.subrequests.describe");
    }
    return Optional.of(new Call(id, json));
  }

  /** An answer with what the daemon said of the build. */
  public record Answer(BuildResult build, Result result) {}

  /**
   * Asks.
   *
   * @param frontend that answers
   * @param request without a frontend of its own
   */
  public static Answer ask(
      BuildClient client, String frontend, Call call, BuildRequest request, StatusListener listener)
      throws FrontendException, InterruptedException {
    AtomicReference<@Nullable Result> answer = new AtomicReference<>();
    BuildResult build =
        client.build(
            gateway -> {
              answer.set(
                  gateway.solve(
                      SolveRequest.builder()
                          .frontend(frontend)
                          .frontendOptions(request.frontendOptions())
                          .frontendOption("requestid", call.id())
                          .build()));
              return Result.empty();
            },
            request,
            listener);
    Result result = answer.get();
    if (result == null) {
      throw FrontendException.internal("the daemon did not ask for the frontend");
    }
    return new Answer(build, result);
  }

  /**
   * Prints an answer.
   *
   * @return the exit code: 1 when a check found something
   */
  public int print(Call call, Result result) throws FrontendException {
    byte[] json = result.metadata().get("result.json");
    Optional<String> text = result.metadataText("result.txt");
    if (call.json() ? json == null : text.isEmpty() && json == null) {
      throw FrontendException.user("the frontend gave no answer to " + call.id());
    }
    if (call.json() || text.isEmpty()) {
      out.println(new String(json, StandardCharsets.UTF_8).stripTrailing());
    } else {
      String answer = text.get();
      out.print(answer.endsWith("\n") ? answer : answer + "\n");
    }
    int findings = call.id().equals(LINT) ? warnings(json) : 0;
    if (call.id().equals(LINT) && !call.json()) {
      out.println(
          findings == 0
              ? "Check complete, no warnings found."
              : findings == 1
                  ? "Check complete, 1 warning has been found!"
                  : "Check complete, " + findings + " warnings have been found!");
    }
    out.flush();
    String status = result.metadataText("result.statuscode").orElse("0");
    return findings > 0 || !status.equals("0") ? 1 : 0;
  }

  private static int warnings(byte @Nullable [] json) {
    return json != null
            && Json.parse(json) instanceof Map<?, ?> root
            && root.get("warnings") instanceof List<?> warnings
        ? warnings.size()
        : 0;
  }
}
