package dev.gatehouse.cli;

import dev.gatehouse.cli.option.Options;
import dev.gatehouse.cli.option.UsageException;
import dev.gatehouse.daemon.config.ConfigOverrides;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * The options of {@code buildkitd}: each stands for a key of its configuration file and holds in
 * place of the file's value, so that a unit or script that starts {@code buildkitd} starts this
 * daemon alike. Options of its containerd worker are understood; the worker itself is refused.
 */
final class DaemonFlags {
  private static final Path GROUPS = Path.of("/etc/group");

  /** How an option's text becomes a value of the configuration. */
  private enum Kind {
    TEXT,
    NUMBER,
    SWITCH,
    SWITCH_OR_AUTO,
    LIST,
    LABELS,
    STORAGE,
    GROUP,
    UNUSED
  }

  private record Flag(String name, Kind kind, String help, List<String> key) {
    OptionSpec option() {
      OptionSpec.Builder option = OptionSpec.builder(name);
      switch (kind) {
        case SWITCH -> option.type(String.class).arity("0..1").fallbackValue("true");
        case UNUSED -> option.type(List.class).auxiliaryTypes(String.class).arity("0..1");
        case LIST, LABELS -> option.type(List.class).auxiliaryTypes(String.class);
        case TEXT, NUMBER, SWITCH_OR_AUTO, STORAGE, GROUP -> option.type(String.class);
      }
      String label =
          switch (kind) {
            case SWITCH -> "true|false";
            case SWITCH_OR_AUTO -> "true|false|auto";
            case LABELS -> "KEY=VALUE";
            case STORAGE -> "RESERVED[,FREE[,MAXIMUM]]";
            case TEXT, NUMBER, LIST, GROUP, UNUSED -> "VALUE";
          };
      return option.paramLabel(label).description(help).hidden(help.isEmpty()).build();
    }
  }

  private static final List<Flag> FLAGS =
      List.of(
          flag("--log-format", Kind.TEXT, "text or json.", "log", "format"),
          flag("--log-level", Kind.TEXT, "trace, debug, info, warn or error.", "log", "level"),
          flag("--trace", Kind.SWITCH, "", "trace"),
          flag("--group", Kind.GROUP, "Group, by name or number, of unix sockets.", "grpc", "gid"),
          flag("--tlscert", Kind.TEXT, "Certificate for tcp addresses.", "grpc", "tls", "cert"),
          flag("--tlskey", Kind.TEXT, "Key of the certificate.", "grpc", "tls", "key"),
          flag("--tlscacert", Kind.TEXT, "Authority of clients.", "grpc", "tls", "ca"),
          flag(
              "--allow-insecure-entitlement",
              Kind.LIST,
              "Entitlement that clients may ask for: network.host, security.insecure.",
              "insecure-entitlements"),
          flag("--proxy-network", Kind.SWITCH, "", "proxyNetwork"),
          worker("--oci-worker", Kind.SWITCH_OR_AUTO, "", "enabled"),
          worker("--oci-worker-labels", Kind.LABELS, "Label of the worker.", "labels"),
          worker(
              "--oci-worker-snapshotter", Kind.TEXT, "auto, overlayfs or native.", "snapshotter"),
          worker("--oci-worker-platform", Kind.LIST, "Platform of the worker.", "platforms"),
          worker("--oci-worker-net", Kind.TEXT, "auto, host or none.", "networkMode"),
          worker("--oci-cni-config-path", Kind.TEXT, "", "cniConfigPath"),
          worker("--oci-cni-binary-dir", Kind.TEXT, "", "cniBinaryPath"),
          worker("--oci-cni-pool-size", Kind.NUMBER, "", "cniPoolSize"),
          worker("--oci-worker-binary", Kind.TEXT, "The OCI runtime, crun or runc.", "binary"),
          worker(
              "--oci-worker-apparmor-profile",
              Kind.TEXT,
              "AppArmor profile of containers.",
              "apparmor-profile"),
          worker("--oci-worker-selinux", Kind.SWITCH, "", "selinux"),
          worker(
              "--oci-max-parallelism",
              Kind.NUMBER,
              "How many steps may run at a time.",
              "max-parallelism"),
          worker("--oci-worker-rootless", Kind.SWITCH, "", "rootless"),
          worker("--rootless", Kind.SWITCH, "", "rootless"),
          worker("--oci-worker-no-process-sandbox", Kind.SWITCH, "", "noProcessSandbox"),
          worker("--oci-worker-gc", Kind.SWITCH, "Collect garbage (default: true).", "gc"),
          worker(
              "--oci-worker-gc-keepstorage",
              Kind.STORAGE,
              "What collection keeps, leaves free and allows, in MB."),
          flag("--containerd-worker", Kind.SWITCH_OR_AUTO, "", "worker", "containerd", "enabled"),
          flag("--debugaddr", Kind.TEXT, "", "grpc", "debugAddress"),
          flag("--otel-socket-path", Kind.TEXT, "", "otel", "socketPath"),
          flag("--cdi-disabled", Kind.SWITCH, "", "cdi", "disabled"),
          flag("--cdi-spec-dir", Kind.LIST, "", "cdi", "specDirs"),
          worker("--oci-worker-proxy-snapshotter-path", Kind.TEXT, "", "proxySnapshotterPath"),
          flag("--save-cache-debug", Kind.UNUSED, ""),
          flag("--containerd-worker-addr", Kind.UNUSED, ""),
          flag("--containerd-worker-labels", Kind.UNUSED, ""),
          flag("--containerd-worker-platform", Kind.UNUSED, ""),
          flag("--containerd-worker-namespace", Kind.UNUSED, ""),
          flag("--containerd-worker-runtime", Kind.UNUSED, ""),
          flag("--containerd-worker-net", Kind.UNUSED, ""),
          flag("--containerd-worker-snapshotter", Kind.UNUSED, ""),
          flag("--containerd-worker-apparmor-profile", Kind.UNUSED, ""),
          flag("--containerd-worker-selinux", Kind.UNUSED, ""),
          flag("--containerd-worker-rootless", Kind.UNUSED, ""),
          flag("--containerd-worker-gc", Kind.UNUSED, ""),
          flag("--containerd-worker-gc-keepstorage", Kind.UNUSED, ""),
          flag("--containerd-cni-config-path", Kind.UNUSED, ""),
          flag("--containerd-cni-binary-dir", Kind.UNUSED, ""),
          flag("--containerd-cni-pool-size", Kind.UNUSED, ""),
          flag("--containerd-max-parallelism", Kind.UNUSED, ""));

  private final CommandSpec spec;

  /** Adds the options to a command. */
  DaemonFlags(CommandSpec spec) {
    this.spec = spec;
    for (Flag flag : FLAGS) {
      spec.addOption(flag.option());
    }
  }

  private static Flag flag(String name, Kind kind, String help, String... key) {
    return new Flag(name, kind, help, List.of(key));
  }

  private static Flag worker(String name, Kind kind, String help, String... key) {
    List<String> path = new ArrayList<>(List.of("worker", "oci"));
    path.addAll(List.of(key));
    return new Flag(name, kind, help, path);
  }

  /**
   * What the parsed command line says.
   *
   * @param environment where {@code BUILDKITD_LOG_LEVEL} is looked for
   * @throws UsageException if an option's value is none of its kind
   */
  ConfigOverrides overrides(Map<String, String> environment) throws UsageException {
    ConfigOverrides overrides = new ConfigOverrides();
    String level = environment.get("BUILDKITD_LOG_LEVEL");
    if (level != null && !level.isEmpty()) {
      overrides.put("BUILDKITD_LOG_LEVEL", List.of("log", "level"), level);
    }
    for (Flag flag : FLAGS) {
      Object value = spec.findOption(flag.name()).getValue();
      if (value instanceof List<?>) {
        list(overrides, flag, Options.all(spec, flag.name()));
      } else if (value != null) {
        text(overrides, flag, value.toString());
      }
    }
    return overrides;
  }

  private static void list(ConfigOverrides overrides, Flag flag, List<String> values)
      throws UsageException {
    if (flag.kind() == Kind.LIST) {
      overrides.put(flag.name(), flag.key(), values);
    } else if (flag.kind() == Kind.LABELS) {
      for (String label : values) {
        int equals = label.indexOf('=');
        if (equals < 0) {
          throw new UsageException(flag.name() + ": \"" + label + "\" is not KEY=VALUE");
        }
        overrides.put(
            flag.name(), below(flag, label.substring(0, equals)), label.substring(equals + 1));
      }
    }
  }

  private static void text(ConfigOverrides overrides, Flag flag, String value)
      throws UsageException {
    switch (flag.kind()) {
      case TEXT -> overrides.put(flag.name(), flag.key(), value);
      case NUMBER -> overrides.put(flag.name(), flag.key(), number(flag, value));
      case SWITCH -> overrides.put(flag.name(), flag.key(), bool(flag, value));
      case SWITCH_OR_AUTO -> {
        if (!value.isEmpty() && !value.equalsIgnoreCase("auto")) {
          overrides.put(flag.name(), flag.key(), bool(flag, value));
        }
      }
      case STORAGE -> storage(overrides, flag, value);
      case GROUP -> overrides.put(flag.name(), flag.key(), group(flag, value));
      case LIST, LABELS, UNUSED -> throw new IllegalStateException(flag.name() + " is a list");
    }
  }

  /** Megabytes to keep, to leave free and to stay below; a part that is missing sets no limit. */
  private static void storage(ConfigOverrides overrides, Flag flag, String value)
      throws UsageException {
    String[] parts = value.split(",", 3);
    List<String> keys = List.of("reservedSpace", "minFreeSpace", "maxUsedSpace");
    for (int i = 0; i < keys.size(); i++) {
      long megabytes = i < parts.length ? number(flag, parts[i]) : 0;
      if (megabytes < 0 || megabytes > Long.MAX_VALUE / 1_000_000) {
        throw new UsageException(flag.name() + ": " + parts[i] + " MB is no amount of storage");
      }
      overrides.put(flag.name(), below(flag, keys.get(i)), megabytes * 1_000_000);
    }
  }

  private static long group(Flag flag, String value) throws UsageException {
    if (value.matches("\\d+")) {
      return number(flag, value);
    }
    Long gid;
    try {
      gid = gid(value);
    } catch (IOException e) {
      throw new UsageException(flag.name() + ": cannot read " + GROUPS + ": " + e.getMessage());
    }
    if (gid == null) {
      throw new UsageException(flag.name() + ": unknown group " + value);
    }
    return gid;
  }

  private static @Nullable Long gid(String group) throws IOException {
    for (String line : Files.readAllLines(GROUPS, StandardCharsets.ISO_8859_1)) {
      String[] fields = line.split(":", -1);
      if (fields.length >= 3 && fields[0].equals(group) && fields[2].matches("\\d{1,10}")) {
        return Long.valueOf(fields[2]);
      }
    }
    return null;
  }

  private static boolean bool(Flag flag, String value) throws UsageException {
    return switch (value.toLowerCase(Locale.ROOT)) {
      case "1", "t", "true" -> true;
      case "0", "f", "false" -> false;
      default ->
          throw new UsageException(flag.name() + ": \"" + value + "\" is neither true nor false");
    };
  }

  private static long number(Flag flag, String value) throws UsageException {
    try {
      return Long.parseLong(value);
    } catch (NumberFormatException e) {
      throw new UsageException(flag.name() + ": \"" + value + "\" is no whole number");
    }
  }

  private static List<String> below(Flag flag, String name) {
    List<String> key = new ArrayList<>(flag.key());
    key.add(name);
    return key;
  }
}
