package dev.gatehouse.daemon.config;

import dev.gatehouse.daemon.config.DaemonConfig.Dns;
import dev.gatehouse.daemon.config.DaemonConfig.Frontends;
import dev.gatehouse.daemon.config.DaemonConfig.GcPolicy;
import dev.gatehouse.daemon.config.DaemonConfig.Grpc;
import dev.gatehouse.daemon.config.DaemonConfig.History;
import dev.gatehouse.daemon.config.DaemonConfig.KeyPair;
import dev.gatehouse.daemon.config.DaemonConfig.Log;
import dev.gatehouse.daemon.config.DaemonConfig.Network;
import dev.gatehouse.daemon.config.DaemonConfig.OciWorker;
import dev.gatehouse.daemon.config.DaemonConfig.Registry;
import dev.gatehouse.daemon.config.DaemonConfig.Tls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.toml.TomlMapper;

/** Reads {@code buildkitd.toml} into a {@link DaemonConfig}. */
public final class ConfigReader {
  private static final Set<String> NETWORK_MODES =
      Set.of("", "auto", "host", "none", "cni", "bridge");

  private final List<String> warnings = new ArrayList<>();

  private ConfigReader() {}

  /** What holds where there is no file. */
  public static DaemonConfig defaults() {
    try {
      return defaults(new ConfigOverrides());
    } catch (ConfigException e) {
      throw new AssertionError(e);
    }
  }

  /**
   * What holds where there is no file but these settings.
   *
   * @throws ConfigException if a setting has a wrong value
   */
  public static DaemonConfig defaults(ConfigOverrides overrides) throws ConfigException {
    return parse("defaults", "", overrides);
  }

  /**
   * @param overrides settings that hold in place of the file's
   * @throws ConfigException if the file cannot be read, is no TOML, or holds an unknown key or a
   *     wrong value
   */
  public static DaemonConfig read(Path file, ConfigOverrides overrides) throws ConfigException {
    String text;
    try {
      text = Files.readString(file);
    } catch (IOException e) {
      throw new ConfigException("failed to load config from " + file + ": " + e, e);
    }
    return parse(file.toString(), text, overrides);
  }

  /**
   * @param name what messages call the text
   * @throws ConfigException if the text is no TOML, or holds an unknown key or a wrong value
   */
  public static DaemonConfig parse(String name, String text) throws ConfigException {
    return parse(name, text, new ConfigOverrides());
  }

  static DaemonConfig parse(String name, String text, ConfigOverrides overrides)
      throws ConfigException {
    JsonNode node;
    try {
      node = new TomlMapper().readTree(text);
    } catch (JacksonException e) {
      throw new ConfigException(
          name + ":" + e.getLocation().getLineNr() + ": not TOML: " + e.getOriginalMessage(), e);
    }
    ObjectNode document =
        node instanceof ObjectNode object ? object : JsonNodeFactory.instance.objectNode();
    overrides.apply(document);
    TomlSource source = new TomlSource(name, text.lines().toList(), overrides);
    return new ConfigReader().daemon(new TomlTable(document, "", source));
  }

  private DaemonConfig daemon(TomlTable top) throws ConfigException {
    String root = top.string("root");
    boolean trace = top.bool("trace", false);
    boolean debug = top.bool("debug", false) || trace;
    List<String> entitlements = top.strings("insecure-entitlements");
    if (top.bool("proxyNetwork", false)) {
      throw top.error("proxyNetwork", "proxyNetwork is not available in Gatehouse");
    }
    noEffect(top, "provenanceEnvDir");
    noEffect(top, "otel");
    noEffect(top, "cdi");
    noEffect(top, "cache");
    noEffect(top, "ghacache");
    TomlTable logTable = top.table("log");
    Log log =
        new Log(
            logTable.string("format", "text"), logTable.string("level", debug ? "debug" : "info"));
    logTable.finish();
    Grpc grpc = grpc(top.table("grpc"));
    TomlTable workers = top.table("worker");
    TomlTable containerd = workers.table("containerd");
    if (containerd.bool("enabled", false)) {
      throw containerd.error(
          "enabled",
          "worker.containerd is not available in Gatehouse; its own worker needs no containerd");
    }
    OciWorker worker = worker(workers.table("oci"));
    workers.finish();
    Map<String, Registry> registries = new LinkedHashMap<>();
    for (Map.Entry<String, TomlTable> entry : top.table("registry").children().entrySet()) {
      registries.put(entry.getKey(), registry(entry.getValue()));
    }
    TomlTable dnsTable = top.table("dns");
    Dns dns =
        top.has("dns")
            ? new Dns(
                dnsTable.strings("nameservers"),
                dnsTable.strings("options"),
                dnsTable.strings("searchDomains"))
            : null;
    dnsTable.finish();
    TomlTable historyTable = top.table("history");
    Duration maxAge = historyTable.duration("maxAge");
    Integer maxEntries = historyTable.integer("maxEntries");
    History history =
        new History(
            maxAge == null ? Duration.ofHours(48) : maxAge, maxEntries == null ? 50 : maxEntries);
    historyTable.finish();
    Frontends frontends = frontends(top.table("frontend"));
    TomlTable system = top.table("system");
    noEffect(system, "platformsCacheMaxAge");
    Integer concurrency = system.integer("maxRegistryConcurrency");
    system.finish();
    top.finish();
    return new DaemonConfig(
        root,
        debug,
        entitlements,
        log,
        grpc,
        worker,
        registries,
        dns,
        history,
        frontends,
        concurrency,
        warnings);
  }

  private Grpc grpc(TomlTable table) throws ConfigException {
    List<String> addresses = table.strings("address");
    Integer uid = table.integer("uid");
    Integer gid = table.integer("gid");
    noEffect(table, "debugAddress");
    noEffect(table, "securityDescriptor");
    TomlTable tlsTable = table.table("tls");
    Tls tls = null;
    if (table.has("tls")) {
      String cert = tlsTable.string("cert");
      String key = tlsTable.string("key");
      String ca = tlsTable.string("ca");
      if (cert == null || key == null) {
        throw table.error("tls", "grpc.tls needs both cert and key");
      }
      tls = new Tls(cert, key, ca);
    }
    tlsTable.finish();
    table.finish();
    return new Grpc(addresses, uid, gid, tls);
  }

  private OciWorker worker(TomlTable table) throws ConfigException {
    boolean enabled = table.bool("enabled", true);
    if (!enabled) {
      throw table.error("enabled", "worker.oci cannot be disabled: it is Gatehouse's only worker");
    }
    Map<String, String> labels = table.stringMap("labels");
    List<String> platforms = table.strings("platforms");
    String snapshotter = table.string("snapshotter");
    noEffect(table, "rootless");
    boolean noProcessSandbox = table.bool("noProcessSandbox", false);
    boolean gc = table.bool("gc", true);
    DiskSpace keepStorage = table.diskSpace("gckeepstorage");
    DiskSpace reserved = table.diskSpace("reservedSpace");
    DiskSpace max = table.diskSpace("maxUsedSpace");
    DiskSpace free = table.diskSpace("minFreeSpace");
    if (!reserved.isSet() && !max.isSet() && !free.isSet()) {
      reserved = keepStorage;
    }
    List<GcPolicy> policies = new ArrayList<>();
    for (TomlTable policy : table.tables("gcpolicy")) {
      policies.add(gcPolicy(policy));
    }
    Network network = network(table);
    String binary = table.string("binary");
    String cgroupParent = table.string("defaultCgroupParent");
    String apparmor = table.string("apparmor-profile");
    noEffect(table, "proxySnapshotterPath");
    noEffect(table, "stargzSnapshotter");
    noEffect(table, "userRemapUnsupported");
    noEffect(table, "selinux");
    Integer parallelism = table.integer("max-parallelism");
    table.finish();
    return new OciWorker(
        true,
        labels,
        platforms,
        snapshotter,
        noProcessSandbox,
        gc,
        reserved,
        max,
        free,
        policies,
        network,
        binary,
        cgroupParent,
        apparmor,
        parallelism == null ? 0 : parallelism);
  }

  private Network network(TomlTable table) throws ConfigException {
    String mode = table.string("networkMode", "auto");
    if (!NETWORK_MODES.contains(mode)) {
      throw table.error("networkMode", "invalid network mode: \"" + mode + '"');
    }
    Integer pool = table.integer("cniPoolSize");
    return new Network(
        mode.isEmpty() ? "auto" : mode,
        table.string("cniConfigPath"),
        table.string("cniBinaryPath"),
        pool == null ? 0 : pool,
        table.string("bridgeName"),
        table.string("bridgeSubnet"));
  }

  private static GcPolicy gcPolicy(TomlTable table) throws ConfigException {
    boolean all = table.bool("all", false);
    List<String> filters = table.strings("filters");
    Duration keep = table.duration("keepDuration");
    DiskSpace keepBytes = table.diskSpace("keepBytes");
    DiskSpace reserved = table.diskSpace("reservedSpace");
    DiskSpace max = table.diskSpace("maxUsedSpace");
    DiskSpace free = table.diskSpace("minFreeSpace");
    table.finish();
    return new GcPolicy(
        all,
        filters,
        keep == null ? Duration.ZERO : keep,
        reserved.isSet() ? reserved : keepBytes,
        max,
        free);
  }

  private static Registry registry(TomlTable table) throws ConfigException {
    List<KeyPair> pairs = new ArrayList<>();
    for (TomlTable pair : table.tables("keypair")) {
      String key = pair.string("key");
      String cert = pair.string("cert");
      pair.finish();
      if (key == null || cert == null) {
        throw table.error("keypair", "a registry's keypair needs both key and cert");
      }
      pairs.add(new KeyPair(key, cert));
    }
    Registry registry =
        new Registry(
            table.strings("mirrors"),
            table.bool("http"),
            table.bool("insecure"),
            table.strings("ca"),
            pairs,
            table.strings("tlsconfigdir"));
    table.finish();
    return registry;
  }

  private static Frontends frontends(TomlTable table) throws ConfigException {
    TomlTable dockerfile = table.table("dockerfile.v0");
    boolean dockerfileEnabled = dockerfile.bool("enabled", true);
    dockerfile.finish();
    TomlTable gateway = table.table("gateway.v0");
    boolean gatewayEnabled = gateway.bool("enabled", true);
    List<String> allowed = gateway.strings("allowedRepositories");
    gateway.finish();
    TomlTable plugin = table.table("plugin");
    List<String> directories = plugin.strings("directories");
    Duration timeout = plugin.duration("timeout");
    plugin.finish();
    table.finish();
    return new Frontends(dockerfileEnabled, gatewayEnabled, allowed, directories, timeout);
  }

  private void noEffect(TomlTable table, String key) {
    if (table.has(key)) {
      warnings.add(table.error(key, key + " has no effect in Gatehouse").getMessage());
    }
  }
}
