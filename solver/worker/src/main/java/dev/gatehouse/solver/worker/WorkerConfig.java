package dev.gatehouse.solver.worker;

import dev.gatehouse.llb.oci.Platform;
import dev.gatehouse.solver.exec.ContainerRuntimeOptions;
import dev.gatehouse.solver.store.StoreOptions;
import dev.gatehouse.solver.worker.registry.Credentials;
import dev.gatehouse.solver.worker.registry.RegistryConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * How a worker is set up.
 *
 * @param root the directory of all its state
 * @param store how trees lie on disk
 * @param runtime how containers run
 * @param registries by host, as {@code buildkitd.toml} names them
 * @param credentials of the worker itself, asked where no client has any
 * @param parallelism how many operations run at once at most, 0 for any number
 * @param labels what clients see of the worker
 * @param platforms what it builds for, the first by default; empty for the machine's own
 */
public record WorkerConfig(
    Path root,
    StoreOptions store,
    ContainerRuntimeOptions runtime,
    Map<String, RegistryConfig> registries,
    Credentials credentials,
    int parallelism,
    Map<String, String> labels,
    List<Platform> platforms) {
  public WorkerConfig {
    registries = Map.copyOf(registries);
    labels = Map.copyOf(labels);
    platforms = platforms.isEmpty() ? List.of(Platform.host()) : List.copyOf(platforms);
    if (parallelism < 0) {
      throw new IllegalArgumentException("parallelism " + parallelism + " is negative");
    }
  }

  /** Everything by default. */
  public static WorkerConfig of(Path root) {
    return new WorkerConfig(
        root,
        StoreOptions.defaults(),
        ContainerRuntimeOptions.of(root.resolve("runtime")),
        Map.of(),
        Credentials.NONE,
        0,
        Map.of(),
        List.of());
  }
}
