package dev.gatehouse.frontend.dockerfile.lower;

import dev.gatehouse.frontend.dockerfile.instruction.ExposeInstruction;
import dev.gatehouse.frontend.dockerfile.lint.LintRules;
import dev.gatehouse.frontend.dockerfile.lint.Linter;
import dev.gatehouse.frontend.dockerfile.parse.DockerfileException;
import dev.gatehouse.frontend.dockerfile.parse.GoText;
import dev.gatehouse.frontend.dockerfile.parse.Range;
import dev.gatehouse.frontend.dockerfile.shell.Environment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * EXPOSE: ports in the form {@code [[ip:]host-port:]port[-port][/protocol]}, of which only port and
 * protocol count.
 */
final class ExposeLowering {
  private static final int MAX_PORT = 65_535;
  private static final Pattern IP4 =
      Pattern.compile("(?:(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(?:\\.(?!$)|$)){4}");
  private static final Pattern IP6 = Pattern.compile("[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");

  private final ConversionContext context;
  private final Linter linter;

  ExposeLowering(ConversionContext context, Linter linter) {
    this.context = context;
    this.linter = linter;
  }

  private record PortRange(int first, int last) {}

  void lower(StageState stage, ExposeInstruction instruction) throws DockerfileException {
    Environment env = new StateEnvironment(stage.state);
    List<String> words = new ArrayList<>();
    for (String port : instruction.ports()) {
      words.addAll(context.expander().expand(port, env).words());
    }
    List<String> ports = new ArrayList<>();
    for (String word : words) {
      ports.addAll(parse(word, instruction.location()));
    }
    ports.forEach(stage.image.config::exposePort);
    stage.image.commit("EXPOSE " + ImageLowering.list(ports), false, stage.epoch);
  }

  private List<String> parse(String text, List<Range> location) throws DockerfileException {
    String[] parts = text.split(":", -1);
    String port = parts[parts.length - 1];
    String hostPort = parts.length > 1 ? parts[parts.length - 2] : "";
    String ip = parts.length > 2 ? String.join(":", Arrays.copyOf(parts, parts.length - 2)) : "";
    int slash = port.indexOf('/');
    String protocol = slash < 0 ? "" : port.substring(slash + 1);
    port = slash < 0 ? port : port.substring(0, slash);
    if (port.isEmpty()) {
      throw invalid(text, "no port specified");
    }
    switch (protocol.toLowerCase(Locale.ROOT)) {
      case "" -> protocol = "tcp";
      case "tcp", "udp", "sctp" -> {}
      default -> throw invalid(text, "invalid proto: " + protocol);
    }
    if (!protocol.equals(protocol.toLowerCase(Locale.ROOT))) {
      linter.report(LintRules.exposeProtoCasing(text), location);
    }
    if (!ip.isEmpty() || !hostPort.isEmpty()) {
      linter.report(LintRules.exposeInvalidFormat(text), location);
    }
    checkAddress(ip);
    PortRange range = range(port, "invalid containerPort: " + port);
    if (!hostPort.isEmpty()) {
      PortRange host = range(hostPort, "invalid hostPort: " + hostPort);
      if (range.last() - range.first() != host.last() - host.first()
          && range.last() != range.first()) {
        throw new DockerfileException(
            "invalid ranges specified for container and host Ports: " + port + " and " + hostPort);
      }
    }
    List<String> ports = new ArrayList<>();
    context.budget().take((range.last() - range.first() + 1L) * "65535/tcp ".length());
    for (int i = range.first(); i <= range.last(); i++) {
      ports.add(i + "/" + protocol.toLowerCase(Locale.ROOT));
    }
    return ports;
  }

  private static DockerfileException invalid(String text, String reason) {
    return new DockerfileException("invalid port: " + GoText.quote(text) + ": " + reason)
        .withHint("a port is written number[/tcp|/udp|/sctp], such as 8080/tcp");
  }

  private static void checkAddress(String text) throws DockerfileException {
    String ip = text;
    if (ip.startsWith("[")) {
      if (!ip.endsWith("]")) {
        throw new DockerfileException(
            "invalid IP address " + ip + ": address " + ip + ":: missing ']' in address");
      }
      ip = ip.substring(1, ip.length() - 1);
    }
    if (!ip.isEmpty() && !IP4.matcher(ip).matches() && !IP6.matcher(ip).matches()) {
      throw new DockerfileException("invalid IP address: " + ip);
    }
  }

  private static PortRange range(String text, String error) throws DockerfileException {
    int dash = text.indexOf('-');
    int first = number(dash < 0 ? text : text.substring(0, dash));
    int last = dash < 0 ? first : number(text.substring(dash + 1));
    if (first < 0 || last < first) {
      throw new DockerfileException(error).withHint("ports are numbers from 0 to " + MAX_PORT);
    }
    return new PortRange(first, last);
  }

  /** The port, or -1 if the text is none. */
  private static int number(String text) {
    try {
      int port = Integer.parseInt(text);
      return port > MAX_PORT ? -1 : port;
    } catch (NumberFormatException e) {
      return -1;
    }
  }
}
