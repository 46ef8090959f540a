package dev.gatehouse.daemon;

import dev.gatehouse.daemon.config.DaemonConfig;
import dev.gatehouse.host.HostOptions;
import dev.gatehouse.llb.oci.Platform;
import dev.gatehouse.solver.exec.ContainerRuntimeOptions;
import dev.gatehouse.solver.exec.NetworkMode;
import dev.gatehouse.solver.store.GcPolicy;
import dev.gatehouse.solver.store.StoreOptions;
import dev.gatehouse.solver.worker.WorkerConfig;
import dev.gatehouse.solver.worker.registry.Credentials;
import dev.gatehouse.solver.worker.registry.RegistryConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** The configuration in the worker's and the plugin host's terms. */
final class WorkerSettings {
  private WorkerSettings() {}

  static WorkerConfig of(DaemonConfig config, Path root) throws IOException {
    DaemonConfig.OciWorker worker = config.worker();
    StoreOptions.Snapshotter snapshotter;
    List<Platform> platforms = new ArrayList<>();
    try {
      snapshotter =
          StoreOptions.Snapshotter.of(worker.snapshotter() == null ? "" : worker.snapshotter());
      for (String platform : worker.platforms()) {
        platforms.add(Platform.parse(platform));
      }
    } catch (IllegalArgumentException e) {
      throw new IOException("worker.oci: " + e.getMessage(), e);
    }
    if (worker.noProcessSandbox()) {
      throw new IOException("worker.oci.noProcessSandbox is not available in Gatehouse");
    }
    Map<String, String> labels = new HashMap<>();
    labels.put("org.mobyproject.buildkit.worker.executor", "oci");
    labels.put("org.mobyproject.buildkit.worker.hostname", hostname());
    labels.put("org.mobyproject.buildkit.worker.network", worker.network().mode());
    labels.put(
        "org.mobyproject.buildkit.worker.snapshotter",
        worker.snapshotter() == null ? "overlayfs" : worker.snapshotter());
    labels.putAll(worker.labels());
    return new WorkerConfig(
        root,
        new StoreOptions(snapshotter),
        runtime(config, root),
        registries(config),
        Credentials.NONE,
        worker.maxParallelism(),
        labels,
        platforms);
  }

  private static ContainerRuntimeOptions runtime(DaemonConfig config, Path root)
      throws IOException {
    DaemonConfig.OciWorker worker = config.worker();
    NetworkMode network =
        switch (worker.network().mode()) {
          case "auto" -> NetworkMode.DEFAULT;
          case "host" -> NetworkMode.HOST;
          case "none" -> NetworkMode.NONE;
          default ->
              throw new IOException(
                  "worker.oci.networkMode \""
                      + worker.network().mode()
                      + "\" is not available in Gatehouse");
        };
    DaemonConfig.Dns dns = config.dns();
    return new ContainerRuntimeOptions(
        root.resolve("runtime"),
        Optional.ofNullable(worker.binary()),
        worker.cgroupParent() == null ? "" : worker.cgroupParent(),
        network,
        dns == null
            ? ContainerRuntimeOptions.Dns.FROM_HOST
            : new ContainerRuntimeOptions.Dns(
                dns.nameservers(), dns.searchDomains(), dns.options()),
        ContainerRuntimeOptions.DEFAULT_GRACE,
        OptionalInt.empty(),
        Optional.ofNullable(worker.apparmorProfile()));
  }

  private static Map<String, RegistryConfig> registries(DaemonConfig config) {
    Map<String, RegistryConfig> registries = new HashMap<>();
    config
        .registries()
        .forEach((host, r) ->
            registries.put(
                host,
                new RegistryConfig(
                    r.mirrors(),
                    Optional.ofNullable(r.http()),
                    Optional.ofNullable(r.insecure()),
                    r.ca().stream().map(Path::of).toList(),
                    r.keyPairs().stream()
                        .map(k -> new RegistryConfig.KeyPair(Path.of(k.key()), Path.of(k.cert())))
                        .toList(),
                    r.tlsConfigDirs().stream().map(Path::of).toList())));
    return registries;
  }

  static List<GcPolicy> policies(DaemonConfig config, long diskTotal) {
    List<GcPolicy> policies = new ArrayList<>();
    for (DaemonConfig.GcPolicy policy : config.gcPolicies(diskTotal)) {
      policies.add(
          new GcPolicy(
              policy.all(),
              policy.filters(),
              policy.keepDuration(),
              policy.reservedSpace().toBytes(diskTotal),
              policy.maxUsedSpace().toBytes(diskTotal),
              policy.minFreeSpace().toBytes(diskTotal)));
    }
    return policies;
  }

  static HostOptions frontends(DaemonConfig config) throws IOException {
    HostOptions defaults = HostOptions.defaults();
    DaemonConfig.Frontends frontends = config.frontends();
    Duration patience = frontends.pluginTimeout();
    try {
      return new HostOptions(
          defaults.product(),
          frontends.dockerfileEnabled(),
          frontends.gatewayEnabled(),
          frontends.allowedRepositories(),
          patience == null ? defaults.patience() : patience,
          defaults.startPatience(),
          defaults.maxWarnings(),
          defaults.maxDepth());
    } catch (IllegalArgumentException e) {
      throw new IOException("frontend.\"gateway.v0\"." + e.getMessage(), e);
    }
  }

  private static String hostname() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "localhost";
    }
  }
}
