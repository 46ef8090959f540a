package dev.gatehouse.frontend.dockerfile.instruction;

import dev.gatehouse.frontend.dockerfile.parse.DockerfileException;
import dev.gatehouse.frontend.dockerfile.parse.GoText;
import dev.gatehouse.frontend.dockerfile.parse.Heredoc;
import dev.gatehouse.frontend.dockerfile.parse.InstructionNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** Instructions that hold a command: RUN, HEALTHCHECK, ONBUILD. */
final class Commands {
  private static final Pattern ONBUILD =
      Pattern.compile("^[\\t\\n\\f\\r ]*ONBUILD[\\t\\n\\f\\r ]*", Pattern.CASE_INSENSITIVE);
  private static final long MILLISECOND = 1_000_000;

  private Commands() {}

  static CommandLine line(InstructionNode node) {
    return new CommandLine(node.arguments(), !node.json(), node.heredocs());
  }

  static RunInstruction run(InstructionNode node, InstructionSource source)
      throws DockerfileException {
    Flags flags =
        new Flags().list("mount", "device").text("network", "security").read(node.flags());
    List<String> mountFlags = flags.values("mount");
    // The reference reads network and security after mounts and devices.
    List<Device> devices = new ArrayList<>();
    for (String device : flags.values("device")) {
      devices.add(DeviceParser.parse(device));
    }
    List<Mount> mounts = MountParser.parseAll(mountFlags, null);
    return new RunInstruction(
        source,
        line(node),
        flags.names(),
        mountFlags,
        mounts,
        network(flags),
        security(flags),
        devices);
  }

  private static NetworkMode network(Flags flags) throws DockerfileException {
    if (!flags.isUsed("network")) {
      return NetworkMode.DEFAULT;
    }
    String value = flags.value("network");
    return switch (value) {
      case "default" -> NetworkMode.DEFAULT;
      case "none" -> NetworkMode.NONE;
      case "host" -> NetworkMode.HOST;
      default ->
          throw new DockerfileException("invalid network mode " + GoText.quote(value))
              .withHint("network modes are default, none and host");
    };
  }

  private static SecurityMode security(Flags flags) throws DockerfileException {
    if (!flags.isUsed("security")) {
      return SecurityMode.SANDBOX;
    }
    String value = flags.value("security");
    return switch (value) {
      case "sandbox" -> SecurityMode.SANDBOX;
      case "insecure" -> SecurityMode.INSECURE;
      default ->
          throw new DockerfileException("security " + GoText.quote(value) + " is not valid")
              .withHint("security modes are sandbox and insecure");
    };
  }

  static HealthcheckInstruction healthcheck(InstructionNode node, InstructionSource source)
      throws DockerfileException {
    List<String> arguments = node.arguments();
    InstructionParser.atLeastOne(
        "HEALTHCHECK", arguments, "HEALTHCHECK CMD COMMAND or HEALTHCHECK NONE");
    String type = arguments.get(0).toUpperCase(Locale.ROOT);
    List<String> command = arguments.subList(1, arguments.size());
    if (type.equals("NONE")) {
      if (!command.isEmpty()) {
        throw new DockerfileException("HEALTHCHECK NONE takes no arguments");
      }
      return new HealthcheckInstruction(source, List.of(type), 0, 0, 0, 0, 0);
    }
    Flags flags =
        new Flags()
            .text("interval", "timeout", "start-period", "start-interval", "retries")
            .read(node.flags());
    if (!type.equals("CMD")) {
      throw new DockerfileException(
              "Unknown type " + GoText.quote(type) + " in HEALTHCHECK (try CMD)")
          .withHint("write HEALTHCHECK CMD COMMAND or HEALTHCHECK NONE");
    }
    if (command.isEmpty()) {
      throw new DockerfileException("Missing command after HEALTHCHECK CMD");
    }
    List<String> test = new ArrayList<>();
    test.add(node.json() ? "CMD" : "CMD-SHELL");
    test.addAll(command);
    return new HealthcheckInstruction(
        source,
        test,
        interval(flags, "interval"),
        interval(flags, "timeout"),
        interval(flags, "start-period"),
        interval(flags, "start-interval"),
        retries(flags.value("retries")));
  }

  private static long interval(Flags flags, String name) throws DockerfileException {
    String value = flags.value(name);
    if (value.isEmpty()) {
      return 0;
    }
    long nanos = GoNumbers.duration(value);
    if (nanos != 0 && nanos < MILLISECOND) {
      throw new DockerfileException("Interval " + GoText.quote(name) + " cannot be less than 1ms");
    }
    return nanos;
  }

  private static int retries(String value) throws DockerfileException {
    if (value.isEmpty()) {
      return 0;
    }
    int retries = GoNumbers.signed32(value);
    if (retries < 0) {
      throw new DockerfileException("--retries cannot be negative (" + retries + ")");
    }
    return retries;
  }

  static OnbuildInstruction onbuild(InstructionNode node, InstructionSource source)
      throws DockerfileException {
    InstructionParser.atLeastOne("ONBUILD", node.arguments(), "ONBUILD INSTRUCTION");
    new Flags().read(node.flags());
    String trigger = GoText.trim(node.arguments().get(0)).toUpperCase(Locale.ROOT);
    switch (trigger) {
      case "ONBUILD" ->
          throw new DockerfileException("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
      case "MAINTAINER", "FROM" ->
          throw new DockerfileException(trigger + " isn't allowed as an ONBUILD trigger");
      default -> {}
    }
    StringBuilder expression = new StringBuilder(ONBUILD.matcher(node.original()).replaceFirst(""));
    for (Heredoc heredoc : node.heredocs()) {
      expression.append('\n').append(Heredoc.text(heredoc.content())).append(heredoc.name());
    }
    return new OnbuildInstruction(source, expression.toString());
  }
}
