package dev.gatehouse.solver.worker;

import dev.gatehouse.llb.oci.Platform;
import dev.gatehouse.solver.core.Cache;
import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.core.ResultType;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.core.Solver;
import dev.gatehouse.solver.core.SolverOptions;
import dev.gatehouse.solver.core.VertexProgress;
import dev.gatehouse.solver.exec.ContainerRuntime;
import dev.gatehouse.solver.store.GcPolicy;
import dev.gatehouse.solver.store.LayerProvider;
import dev.gatehouse.solver.store.Store;
import dev.gatehouse.solver.store.UsageRecord;
import dev.gatehouse.solver.store.cache.DatabaseCacheStorage;
import dev.gatehouse.solver.worker.op.OperationRegistry;
import dev.gatehouse.solver.worker.op.OperationRequest;
import dev.gatehouse.solver.worker.op.ResolvedSource;
import dev.gatehouse.solver.worker.op.WorkerResult;
import dev.gatehouse.solver.worker.session.SessionGroup;
import dev.gatehouse.solver.worker.source.SourceRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** A machine that builds: one state directory, one solver, and all that operations need. */
public final class Worker implements AutoCloseable {
  private final WorkerConfig config;
  private final String id;
  private final Store store;
  private final WorkerServices services;
  private final DatabaseCacheStorage records;
  private final Solver<OperationRequest, WorkerResult> solver;
  private final Map<Digest, ResolvedSource> resolved = new ConcurrentHashMap<>();

  private Worker(WorkerConfig config, String id, Store store, WorkerServices services) {
    this.config = config;
    this.id = id;
    this.store = store;
    this.services = services;
    this.records = new DatabaseCacheStorage(store.database());
    ReferenceResults results =
        new ReferenceResults(
            store.references(), context -> VertexOperations.context(this, context).layers());
    this.solver =
        new Solver<>(
            new VertexOperations(this),
            new Results(),
            new Cache<>("local", records, results),
            SolverOptions.parallelism(config.parallelism()));
  }

  /**
   * Opens a worker on its state directory, creating it or cleaning what a killed process left.
   *
   * @throws IOException if another process has the directory open, or it cannot be used
   */
  public static Worker open(WorkerConfig config) throws IOException {
    Files.createDirectories(config.root());
    Store store = Store.open(config.root(), config.store());
    try {
      return new Worker(config, readId(config.root()), store, WorkerServices.open(config, store));
    } catch (IOException | RuntimeException e) {
      store.close();
      throw e;
    }
  }

  private static String readId(Path root) throws IOException {
    Path file = root.resolve("workerid");
    if (Files.exists(file)) {
      String id = Files.readString(file, StandardCharsets.UTF_8).strip();
      if (!id.isEmpty()) {
        return id;
      }
    }
    String id = UUID.randomUUID().toString().replace("-", "");
    Path fresh = root.resolve("workerid.new");
    Files.writeString(fresh, id, StandardCharsets.UTF_8);
    Files.move(fresh, file, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
    return id;
  }

  /** The worker's id, the same as long as its state directory lives. */
  public String id() {
    return id;
  }

  /** What clients see of the worker. */
  public Map<String, String> labels() {
    return config.labels();
  }

  /** What it builds for, its own platform first. */
  public List<Platform> platforms() {
    return config.platforms();
  }

  public Store store() {
    return store;
  }

  public ContainerRuntime runtime() {
    return services.runtime();
  }

  /** What is plugged into this worker: exporters, registries, the names of images. */
  public WorkerServices services() {
    return services;
  }

  /**
   * Begins a build.
   *
   * @throws SolveException with category USER if its source policies do not make sense
   */
  public Build build(BuildRequest request) throws SolveException {
    return new Build(this, request);
  }

  /** What lies in the store, by containerd filter expressions. */
  public List<UsageRecord> diskUsage(List<String> filters)
      throws IOException, InterruptedException {
    return store.diskUsage(filters);
  }

  /**
   * Removes what policies do not keep, the cache records that spoke of it, and the names of images
   * that were made of it.
   */
  public void prune(List<GcPolicy> policies, Consumer<UsageRecord> removed)
      throws IOException, InterruptedException {
    store.prune(
        policies,
        usage -> {
          records.release(usage.id());
          services.images().removeMadeOf(usage.id());
          removed.accept(usage);
        });
  }

  Solver<OperationRequest, WorkerResult> solver() {
    return solver;
  }

  OperationRegistry operations() {
    return services.operations();
  }

  SourceRegistry sources() {
    return services.sources();
  }

  LayerProvider layers(SessionGroup sessions, VertexProgress progress) {
    return services.layers().provider(sessions, progress);
  }

  void recordSource(Digest vertex, ResolvedSource source) {
    resolved.put(vertex, source);
  }

  void forgetSource(Digest vertex, ResolvedSource source) {
    resolved.remove(vertex, source);
  }

  Optional<ResolvedSource> source(Digest vertex) {
    return Optional.ofNullable(resolved.get(vertex));
  }

  /** Closes the worker; builds must be closed before. */
  @Override
  public void close() {
    try {
      services.close();
    } finally {
      records.close();
      store.close();
    }
  }

  private static final class Results implements ResultType<WorkerResult> {
    @Override
    public WorkerResult share(WorkerResult result) {
      return result.share();
    }

    @Override
    public void release(WorkerResult result) {
      result.close();
    }
  }
}
