package dev.gatehouse.cli;

import dev.gatehouse.client.BuildClient;
import dev.gatehouse.client.BuildRequest;
import dev.gatehouse.frontend.FrontendException;
import java.io.IOException;
import java.io.PrintStream;
import picocli.CommandLine.Model.CommandSpec;

/** {@code gatehouse build}: builds, and shows how it goes. */
final class BuildCommand {
  private final PrintStream err;
  private final CommandSpec spec;
  private final BuildArguments arguments;
  private final BuildRun runs;

  BuildCommand(PrintStream out, PrintStream err) {
    this.err = err;
    spec = Commands.command("Build something, by default a Dockerfile.", this::run);
    runs = new BuildRun(spec, err);
    arguments = BuildArguments.ofBuild(spec, out);
  }

  CommandSpec spec() {
    return spec;
  }

  private int run() throws UsageException, IOException, FrontendException, InterruptedException {
    LogSetup.client(err);
    BuildRequest request = arguments.request();
    try (Terminal terminal = Terminal.ofStandardError();
        BuildClient client = DaemonConnection.open(runs.address(), true, err);
        Interruption interruption = Interruption.of(Thread.currentThread())) {
      return runs.run(terminal, listener -> client.solve(request, listener));
    }
  }
}
