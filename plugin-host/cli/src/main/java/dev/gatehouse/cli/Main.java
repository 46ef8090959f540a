package dev.gatehouse.cli;

import dev.gatehouse.cli.option.Options;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
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
    if (Options.environment("GATEHOUSE_TRAIN") != null) {
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
    Map<String, Supplier<CommandSpec>> commands = commands(out, err);
    // Describing a command costs milliseconds: the one that is asked for, or all for who asks for
    // help.
    String first = args.length == 0 ? "" : args[0];
    commands.forEach((name, spec) -> {
      if (name.equals(first) || !commands.containsKey(first)) {
        top.addSubcommand(name, spec.get());
      }
    });
    CommandLine line = new CommandLine(top);
    line.setExecutionStrategy(Commands::execute);
    line.setOut(new java.io.PrintWriter(out, true));
    line.setErr(new java.io.PrintWriter(err, true));
    line.setParameterExceptionHandler((e, arguments) -> Commands.reportArguments(e, err));
    line.setExecutionExceptionHandler((e, command, parsed) -> Commands.report(e, err));
    return line.execute(args);
  }

  private static Map<String, Supplier<CommandSpec>> commands(PrintStream out, PrintStream err) {
    Map<String, Supplier<CommandSpec>> commands = new LinkedHashMap<>();
    commands.put("daemon", () -> new DaemonCommand(err).spec());
    commands.put("build", () -> new BuildCommand(out, err).spec());
    commands.put("du", () -> new UsageCommands(out, err).du());
    commands.put("prune", () -> new UsageCommands(out, err).prune());
    commands.put("llb", () -> new LlbCommand(out, err).spec());
    commands.put("debug", () -> new DebugCommand(out, err).spec());
    commands.put("frontend", () -> new FrontendCommand(out, err).spec());
    return commands;
  }
}
