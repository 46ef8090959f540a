package dev.gatehouse.cli;

import dev.gatehouse.cli.option.UsageException;
import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** What subcommands share: how they are described and run, and how failures end. */
final class Commands {
  private Commands() {}

  /** A command whose work this is. */
  static CommandSpec command(String description, Callable<Integer> work) {
    CommandSpec spec = CommandSpec.wrapWithoutInspection(work);
    spec.usageMessage().description(description);
    spec.addOption(
        OptionSpec.builder("-h", "--help").usageHelp(true).description("Show this help.").build());
    return spec;
  }

  /** A command that only has subcommands. */
  static CommandSpec group(String description) {
    CommandSpec[] self = new CommandSpec[1];
    self[0] =
        command(
            description,
            () -> {
              CommandLine line = self[0].commandLine();
              line.usage(line.getErr());
              return 2;
            });
    return self[0];
  }

  static int execute(ParseResult parsed) {
    Integer helped = CommandLine.executeHelpRequest(parsed);
    if (helped != null) {
      return helped;
    }
    ParseResult last = parsed;
    while (last.hasSubcommand()) {
      last = last.subcommand();
    }
    CommandLine line = last.commandSpec().commandLine();
    if (last.commandSpec().userObject() instanceof Callable<?> work) {
      try {
        return (Integer) work.call();
      } catch (Exception e) {
        throw new CommandLine.ExecutionException(line, String.valueOf(e.getMessage()), e);
      }
    }
    line.usage(line.getErr());
    return 2;
  }

  /** Says in two lines what is wrong with a command line. */
  static int reportArguments(CommandLine.ParameterException e, PrintStream err) {
    String command = e.getCommandLine().getCommandSpec().qualifiedName();
    String message = String.valueOf(e.getMessage());
    if (e instanceof CommandLine.UnmatchedArgumentException unmatched) {
      String first = unmatched.getUnmatched().get(0);
      List<String> near = unmatched.getSuggestions();
      message =
          (unmatched.isUnknownOption() ? "unknown option " : "unknown argument ")
              + first
              + (near.isEmpty() ? "" : ", did you mean " + String.join(" or ", near) + "?");
    }
    err.println("gatehouse: " + message);
    err.println("see " + command + " --help");
    return 2;
  }

  /** Shows a failure in the way its kind deserves. */
  static int report(Exception e, PrintStream err) {
    if (e instanceof UsageException) {
      err.println("gatehouse: " + e.getMessage());
      return 2;
    }
    if (e instanceof InterruptedException) {
      err.println("gatehouse: interrupted");
      return 130;
    }
    String message = e.getMessage();
    err.println(
        "gatehouse: "
            + (message == null || e instanceof RuntimeException ? e.toString() : message));
    return 1;
  }
}
