package dev.gatehouse.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.frontend.Result;
import dev.gatehouse.frontend.SolveRequest;
import dev.gatehouse.host.plugin.PluginZip;
import dev.gatehouse.llb.oci.ContainerConfig;
import dev.gatehouse.solver.core.ProgressSink;
import dev.gatehouse.solver.worker.WorkerConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Solves inside of solves, over a worker that runs two operations at once. */
@Timeout(180)
class NestedSolveIT {
  private static final String HEAD =
      """
      package p;
      import dev.gatehouse.frontend.*;
      import dev.gatehouse.llb.*;
      import java.util.*;
      import java.util.concurrent.*;
      public class P implements Frontend {
        static Definition file(State on, String name) {
          return on.file(
                  FileAction.mkfile("/" + name, 0644, name.getBytes(), FileOptions.NONE),
                  Constraints.builder().build())
              .marshal(MarshalOptions.defaults());
        }

        static SourceRequest source(String identifier, List<SourcePolicy> policies) {
          SourceRequest r = SourceRequest.of(identifier, Map.of());
          return new SourceRequest(
              r.identifier(), r.attributes(), r.platformOrNull(), r.logName(), r.resolveMode(),
              r.imageOrNull(), r.gitObjects(), r.checksumOrNull(), policies);
        }
      """;

  @TempDir Path dir;
  private TestHost host;

  @BeforeEach
  void open() throws Exception {
    WorkerConfig one = WorkerConfig.of(dir.resolve("root"));
    WorkerConfig two =
        new WorkerConfig(
            one.root(),
            one.store(),
            one.runtime(),
            Map.of(),
            one.credentials(),
            2,
            Map.of(),
            List.of());
    host = TestHost.open(dir, two, HostOptions.defaults());
  }

  @AfterEach
  void close() {
    if (host != null) {
      host.close();
    }
  }

  private Result run(String name, String body) throws Exception {
    PluginZip.source(
            name,
            "1.0.0",
            name,
            HEAD
                + "public Result build(GatewayClient gateway)"
                + " throws FrontendException, InterruptedException {"
                + body
                + "}}")
        .write(host.plugins.resolve(name + ".zip"));
    return host.solve(SolveRequest.builder().frontend(name).build(), ProgressSink.NONE);
  }

  @Test
  void fiftyChainsOfFiveFrontendsEndOverTwoPermits() throws Exception {
    Result result =
        run(
            "nest",
            """
            String level = gateway.options().option("level").orElse("0");
            int depth = Integer.parseInt(level);
            String chain = gateway.options().option("chain").orElse("");
            if (depth == 5) {
              Reference leaf =
                  gateway.solve(
                      SolveRequest.builder().definition(file(State.scratch(), "leaf" + chain)).evaluate(true).build())
                      .singleReference();
              return Result.of(leaf);
            }
            ExecutorService threads = Executors.newCachedThreadPool();
            try {
              List<Future<Reference>> nested = new ArrayList<>();
              for (int i = 0; i < (depth == 0 ? 50 : 1); i++) {
                SolveRequest request =
                    SolveRequest.builder()
                        .frontend("nest")
                        .frontendOption("level", "" + (depth + 1))
                        .frontendOption("chain", depth == 0 ? "-" + i : chain)
                        .build();
                nested.add(threads.submit(() -> gateway.solve(request).singleReference()));
              }
              Reference last = null;
              int files = 0;
              for (Future<Reference> one : nested) {
                last = one.get();
                Definition on = file(last.toState(), "level" + depth + chain);
                last = gateway.solve(SolveRequest.of(on)).singleReference();
                files += last.readDir("/", Optional.empty()).size();
              }
              return Result.builder().reference(last).metadata("files", "" + files).build();
            } catch (ExecutionException e) {
              throw new IllegalStateException(e.getCause());
            } finally {
              threads.shutdownNow();
            }
            """);

    // Each chain ends with its leaf and a file of each of the five levels above.
    assertThat(result.metadataText("files")).contains(Integer.toString(50 * 6));
  }

  @Test
  void whatNobodyLooksAtIsNotSolved() throws Exception {
    Result result =
        run(
            "lazy",
            """
            Definition broken =
                State.scratch()
                    .file(FileAction.rm("/nonesuch", false, false), Constraints.builder().build())
                    .marshal(MarshalOptions.defaults());
            Reference lazy = gateway.solve(SolveRequest.of(broken)).singleReference();
            String seen;
            try {
              lazy.evaluate();
              seen = "evaluated";
            } catch (FrontendException e) {
              seen = "forced";
            }
            try {
              gateway.solve(SolveRequest.builder().definition(broken).evaluate(true).build());
              seen += " solved";
            } catch (FrontendException e) {
              seen += " at once";
            }
            return Result.builder().metadata("seen", seen).build();
            """);

    assertThat(result.metadataText("seen")).contains("forced at once");
  }

  @Test
  void policiesOfOneRequestHoldForItAlone() throws Exception {
    try (ImageServer images = new ImageServer()) {
      images.add("asked", Map.of("name", new byte[] {'a'}), ContainerConfig.EMPTY);
      images.add("other", Map.of("name", new byte[] {'o'}), ContainerConfig.EMPTY);

      Result result =
          run(
              "strict",
              """
              String asked = "docker-image://HOST/asked:1";
              String other = "docker-image://HOST/other:1";
              SourcePolicy.Selector it =
                  new SourcePolicy.Selector(asked, SourcePolicy.Match.EXACT, List.of());
              List<SourcePolicy> convert =
                  List.of(
                      new SourcePolicy(
                          1,
                          List.of(
                              new SourcePolicy.Rule(
                                  SourcePolicy.Action.CONVERT,
                                  it,
                                  new SourcePolicy.Update(other, Map.of())))));
              List<SourcePolicy> deny =
                  List.of(
                      new SourcePolicy(
                          1, List.of(new SourcePolicy.Rule(SourcePolicy.Action.DENY, it, null))));
              Definition image = ImageSource.of("HOST/asked:1").state().marshal(MarshalOptions.defaults());
              StringBuilder seen = new StringBuilder();
              for (List<SourcePolicy> policies : List.of(convert, List.<SourcePolicy>of())) {
                Reference reference =
                    gateway.solve(
                        SolveRequest.builder().definition(image).sourcePolicies(policies).build())
                        .singleReference();
                seen.append(new String(reference.readFile("name"))).append(' ');
                SourceMetadata found =
                    gateway.resolveSourceMetadata(
                        source(asked, policies));
                seen.append(found.identifier().replace("docker-image://HOST/", "")).append(' ');
              }
              try {
                gateway.solve(
                    SolveRequest.builder().definition(image).sourcePolicies(deny).evaluate(true).build());
              } catch (FrontendException e) {
                seen.append(e.getMessage().contains("denied") || e.getMessage().contains("not allowed") ? "refused " : e.getMessage());
              }
              try {
                gateway.resolveSourceMetadata(source(asked, deny));
              } catch (FrontendException e) {
                seen.append(e.getMessage().contains("denied") || e.getMessage().contains("not allowed") ? "refused" : e.getMessage());
              }
              return Result.builder().metadata("seen", seen.toString()).build();
              """
                  .replace("HOST", images.host()));

      assertThat(result.metadataText("seen")).contains("o other:1 a asked:1 refused refused");
    }
  }
}
