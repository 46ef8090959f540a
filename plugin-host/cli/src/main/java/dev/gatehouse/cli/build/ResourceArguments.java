package dev.gatehouse.cli.build;

import dev.gatehouse.cli.option.Options;
import dev.gatehouse.cli.option.UsageException;
import dev.gatehouse.client.BuildRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.CommandSpec;

/** What {@code RUN} steps may use: network, hosts, limits. */
final class ResourceArguments {
  private static final Pattern BYTES = Pattern.compile("(\\d{1,15})([kmgt]?)(?:i?b)?");
  private static final Pattern ULIMIT = Pattern.compile("([a-z]+)=(-?\\d+)(?::(-?\\d+))?");

  private final CommandSpec spec;

  ResourceArguments(CommandSpec spec) {
    this.spec = spec;
    spec.addOption(Options.value("MODE", "Network of RUN steps: default, host, none.", "--network"))
        .addOption(Options.values("NAME:IP", "Further line of /etc/hosts.", "--add-host"))
        .addOption(Options.value("BYTES", "Size of /dev/shm, such as 128m.", "--shm-size"))
        .addOption(
            Options.values("NAME=SOFT[:HARD]", "Limit, such as nofile=1024:4096.", "--ulimit"))
        .addOption(
            Options.value("PATH", "Control group above those of RUN steps.", "--cgroup-parent"));
  }

  /** Adds it all to a request. */
  void addTo(BuildRequest.Builder request) throws UsageException {
    String network = Options.get(spec, "--network");
    if (network != null) {
      request.frontendOption("force-network-mode", network);
    }
    List<String> hosts = new ArrayList<>();
    for (String host : Options.all(spec, "--add-host")) {
      hosts.add(host(host));
    }
    if (!hosts.isEmpty()) {
      request.frontendOption("add-hosts", String.join(",", hosts));
    }
    String shm = Options.get(spec, "--shm-size");
    if (shm != null) {
      request.frontendOption("shm-size", Long.toString(bytes("--shm-size", shm)));
    }
    List<String> ulimits = new ArrayList<>();
    for (String ulimit : Options.all(spec, "--ulimit")) {
      Matcher matcher = ULIMIT.matcher(ulimit);
      if (!matcher.matches()) {
        throw new UsageException("--ulimit expects NAME=SOFT[:HARD], not \"" + ulimit + '"');
      }
      String hard = matcher.group(3) == null ? matcher.group(2) : matcher.group(3);
      ulimits.add(matcher.group(1) + "=" + matcher.group(2) + ":" + hard);
    }
    if (!ulimits.isEmpty()) {
      request.frontendOption("ulimit", String.join(",", ulimits));
    }
    String parent = Options.get(spec, "--cgroup-parent");
    if (parent != null) {
      request.frontendOption("cgroup-parent", parent);
    }
  }

  private static String host(String text) throws UsageException {
    int end = text.indexOf('=') >= 0 ? text.indexOf('=') : text.indexOf(':');
    if (end <= 0 || end == text.length() - 1) {
      throw new UsageException("--add-host expects NAME:IP, not \"" + text + '"');
    }
    String ip = text.substring(end + 1);
    boolean bracketed = ip.startsWith("[") && ip.endsWith("]");
    return text.substring(0, end) + "=" + (bracketed ? ip.substring(1, ip.length() - 1) : ip);
  }

  /** Reads {@code 128m} as Docker does: powers of 1024. */
  static long bytes(String option, String text) throws UsageException {
    Matcher matcher = BYTES.matcher(text.toLowerCase(Locale.ROOT));
    if (!matcher.matches()) {
      throw new UsageException(option + " expects bytes such as 128m, not \"" + text + '"');
    }
    long number = Long.parseLong(matcher.group(1));
    int shift = "kmgt".indexOf(matcher.group(2)) * 10 + 10;
    if (matcher.group(2).isEmpty()) {
      return number;
    }
    if (number > Long.MAX_VALUE >> shift) {
      throw new UsageException(option + " " + text + " is too much");
    }
    return number << shift;
  }
}
