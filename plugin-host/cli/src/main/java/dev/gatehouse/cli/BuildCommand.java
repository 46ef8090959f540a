package dev.gatehouse.cli;

import dev.gatehouse.cli.build.BuildArguments;
import dev.gatehouse.cli.build.CallArguments;
import dev.gatehouse.cli.build.CallArguments.Call;
import dev.gatehouse.cli.option.UsageException;
import dev.gatehouse.client.BuildClient;
import dev.gatehouse.client.BuildRequest;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.Result;
import java.io.IOException;
import java.io.PrintStream;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import picocli.CommandLine.Model.CommandSpec;

/** {@code gatehouse build}: builds, and shows how it goes. */
final class BuildCommand {
  private final PrintStream err;
  private final CommandSpec spec;
  private final BuildArguments arguments;
  private final BuildRun runs;
  private final CallArguments calls;

  BuildCommand(PrintStream out, PrintStream err) {
    this.err = err;
    spec = Commands.command("Build something, by default a Dockerfile.", this::run);
    runs = new BuildRun(spec, out, err);
    arguments = BuildArguments.ofBuild(spec, System.in, out);
    calls = new CallArguments(spec, out);
  }

  CommandSpec spec() {
    return spec;
  }

  private int run() throws UsageException, IOException, FrontendException, InterruptedException {
    LogSetup.client(err);
    try (arguments) {
      Optional<Call> call = calls.call();
      return call.isPresent() ? ask(call.get()) : build(arguments.request());
    }
  }

  private int build(BuildRequest request)
      throws UsageException, IOException, FrontendException, InterruptedException {
    try (Terminal terminal = Terminal.ofStandardError();
        BuildClient client = DaemonConnection.open(runs.address(), true, err);
        Interruption interruption = Interruption.of(Thread.currentThread())) {
      return runs.run(terminal, listener -> client.solve(request, listener));
    }
  }

  private int ask(Call call)
      throws UsageException, IOException, FrontendException, InterruptedException {
    BuildRequest request = arguments.question();
    AtomicReference<Result> result = new AtomicReference<>(Result.empty());
    try (Terminal terminal = Terminal.ofStandardError();
        BuildClient client = DaemonConnection.open(runs.address(), true, err);
        Interruption interruption = Interruption.of(Thread.currentThread())) {
      int status =
          runs.run(
              terminal,
              listener -> {
                CallArguments.Answer answer =
                    CallArguments.ask(client, arguments.frontend(), call, request, listener);
                result.set(answer.result());
                return answer.build();
              });
      return status == 0 ? calls.print(call, result.get()) : status;
    }
  }
}
