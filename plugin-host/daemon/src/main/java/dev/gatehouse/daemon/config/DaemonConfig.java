package dev.gatehouse.daemon.config;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The daemon's configuration as written: {@code null} and empty mean "not set".
 *
 * @param root directory of all state
 * @param debug log requests and their course
 * @param entitlements entitlements that clients may ask for: {@code network.host}, {@code
 *     security.insecure}, {@code device}
 * @param registries by host, {@code docker.io} style
 * @param warnings keys that were understood but have no effect here, one sentence each
 */
public record DaemonConfig(
    @Nullable String root,
    boolean debug,
    List<String> entitlements,
    Log log,
    Grpc grpc,
    OciWorker worker,
    Map<String, Registry> registries,
    @Nullable Dns dns,
    History history,
    Frontends frontends,
    @Nullable Integer maxRegistryConcurrency,
    List<String> warnings) {

  public DaemonConfig {
    entitlements = List.copyOf(entitlements);
    registries = Map.copyOf(registries);
    warnings = List.copyOf(warnings);
  }

  /**
   * @param format {@code text} or {@code json}
   * @param level {@code trace}, {@code debug}, {@code info}, {@code warn}, {@code error}
   */
  public record Log(String format, String level) {}

  /**
   * @param addresses {@code unix:///path} or {@code tcp://host:port}
   * @param uid owner of a unix socket, not set: the daemon's
   * @param gid group of a unix socket, not set: the daemon's
   */
  public record Grpc(
      List<String> addresses, @Nullable Integer uid, @Nullable Integer gid, @Nullable Tls tls) {
    public Grpc {
      addresses = List.copyOf(addresses);
    }
  }

  /** PEM files; a {@code ca} makes client certificates obligatory. */
  public record Tls(String cert, String key, @Nullable String ca) {}

  public record OciWorker(
      boolean enabled,
      Map<String, String> labels,
      List<String> platforms,
      @Nullable String snapshotter,
      boolean noProcessSandbox,
      boolean gc,
      DiskSpace reservedSpace,
      DiskSpace maxUsedSpace,
      DiskSpace minFreeSpace,
      List<GcPolicy> gcPolicies,
      Network network,
      @Nullable String binary,
      @Nullable String cgroupParent,
      @Nullable String apparmorProfile,
      int maxParallelism) {
    public OciWorker {
      labels = Map.copyOf(labels);
      platforms = List.copyOf(platforms);
      gcPolicies = List.copyOf(gcPolicies);
    }
  }

  /** One step of garbage collection; steps run in order. */
  public record GcPolicy(
      boolean all,
      List<String> filters,
      Duration keepDuration,
      DiskSpace reservedSpace,
      DiskSpace maxUsedSpace,
      DiskSpace minFreeSpace) {
    public GcPolicy {
      filters = List.copyOf(filters);
    }
  }

  /**
   * @param mode {@code auto}, {@code host}, {@code none}, {@code cni}, {@code bridge}
   */
  public record Network(
      String mode,
      @Nullable String cniConfigPath,
      @Nullable String cniBinaryPath,
      int cniPoolSize,
      @Nullable String bridgeName,
      @Nullable String bridgeSubnet) {}

  public record Registry(
      List<String> mirrors,
      @Nullable Boolean http,
      @Nullable Boolean insecure,
      List<String> ca,
      List<KeyPair> keyPairs,
      List<String> tlsConfigDirs) {
    public Registry {
      mirrors = List.copyOf(mirrors);
      ca = List.copyOf(ca);
      keyPairs = List.copyOf(keyPairs);
      tlsConfigDirs = List.copyOf(tlsConfigDirs);
    }
  }

  public record KeyPair(String key, String cert) {}

  public record Dns(List<String> nameservers, List<String> options, List<String> searchDomains) {
    public Dns {
      nameservers = List.copyOf(nameservers);
      options = List.copyOf(options);
      searchDomains = List.copyOf(searchDomains);
    }
  }

  public record History(Duration maxAge, int maxEntries) {}

  /**
   * @param dockerfileEnabled whether {@code dockerfile.v0} may be asked for by name
   * @param gatewayEnabled whether frontends may come from images
   * @param allowedRepositories repositories that image frontends may come from; empty: all
   * @param pluginDirectories directories of plugin zips besides the distribution's own
   * @param pluginTimeout the longest a plugin may work on one build
   */
  public record Frontends(
      boolean dockerfileEnabled,
      boolean gatewayEnabled,
      List<String> allowedRepositories,
      List<String> pluginDirectories,
      @Nullable Duration pluginTimeout) {
    public Frontends {
      allowedRepositories = List.copyOf(allowedRepositories);
      pluginDirectories = List.copyOf(pluginDirectories);
    }
  }

  /** The collection steps in force: the configured ones, else BuildKit's four default steps. */
  public List<GcPolicy> gcPolicies(long diskTotal) {
    if (!worker.gcPolicies().isEmpty()) {
      return worker.gcPolicies();
    }
    DiskSpace reserved = worker.reservedSpace();
    DiskSpace max = worker.maxUsedSpace();
    DiskSpace free = worker.minFreeSpace();
    if (!reserved.isSet() && !max.isSet() && !free.isSet()) {
      reserved = atMost(DiskSpace.ofPercentage(10), 10_000_000_000L, diskTotal);
      max = atMost(DiskSpace.ofPercentage(80), 100_000_000_000L, diskTotal);
      free = DiskSpace.ofPercentage(20);
    }
    DiskSpace none = DiskSpace.UNSET;
    return List.of(
        new GcPolicy(
            false,
            List.of("type==source.local", "type==exec.cachemount", "type==source.git.checkout"),
            Duration.ofHours(48),
            none,
            DiskSpace.ofBytes(512_000_000L),
            none),
        new GcPolicy(false, List.of(), Duration.ofDays(60), reserved, max, free),
        new GcPolicy(false, List.of(), Duration.ZERO, reserved, max, free),
        new GcPolicy(true, List.of(), Duration.ZERO, reserved, max, free));
  }

  private static DiskSpace atMost(DiskSpace share, long bytes, long diskTotal) {
    return share.toBytes(diskTotal) > bytes ? DiskSpace.ofBytes(bytes) : share;
  }
}
