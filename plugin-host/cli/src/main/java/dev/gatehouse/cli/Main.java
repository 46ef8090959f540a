package dev.gatehouse.cli;

import java.io.PrintStream;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** The command's entry point. */
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    int status = run(System.out, System.err, args);
    System.out.flush();
    System.err.flush();
    if (Installation.environment("GATEHOUSE_TRAIN") != null) {
      System.exit(status); // the JVM writes its start-up cache on an orderly exit only
    }
    // Threads of connections may be blocked in reads: nothing is left that they could be needed
    // for.
    Runtime.getRuntime().halt(status);
  }

  /**
   * Runs one command line.
   *
   * @return the exit code: 0 for success, 1 for a failure, 2 for a wrong command line, 130 for an
   *     interrupted build
   */
  static int run(PrintStream out, PrintStream err, String... args) {
    CommandSpec top = CommandSpec.create().name("gatehouse");
    top.usageMessage().description("Builds what frontends describe, in the place of BuildKit.");
    top.addOption(
        OptionSpec.builder("-h", "--help").usageHelp(true).description("Show this help.").build());
    top.addOption(
        OptionSpec.builder("-V", "--version")
            .versionHelp(true)
            .description("Show the version.")
            .build());
    top.version("gatehouse " + dev.gatehouse.daemon.Daemon.VERSION);
    top.addSubcommand("daemon", new DaemonCommand(err).spec());
    top.addSubcommand("build", new BuildCommand(out, err).spec());
    UsageCommands usage = new UsageCommands(out, err);
    top.addSubcommand("du", usage.du());
    top.addSubcommand("prune", usage.prune());
    top.addSubcommand("llb", new LlbCommand(out, err).spec());
    top.addSubcommand("debug", new DebugCommand(out, err).spec());
    top.addSubcommand("frontend", new FrontendCommand(out, err).spec());
    CommandLine line = new CommandLine(top);
    line.setExecutionStrategy(Commands::execute);
    line.setOut(new java.io.PrintWriter(out, true));
    line.setErr(new java.io.PrintWriter(err, true));
    line.setParameterExceptionHandler((e, arguments) -> Commands.reportArguments(e, err));
    line.setExecutionExceptionHandler((e, command, parsed) -> Commands.report(e, err));
    return line.execute(args);
  }
}
