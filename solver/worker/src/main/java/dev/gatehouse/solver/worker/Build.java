package dev.gatehouse.solver.worker;

import dev.gatehouse.llb.oci.Platform;
import dev.gatehouse.protocol.pb.SourceOp;
import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.core.Edge;
import dev.gatehouse.solver.core.ErrorCategory;
import dev.gatehouse.solver.core.Job;
import dev.gatehouse.solver.core.LazyResult;
import dev.gatehouse.solver.core.ProgressEvent;
import dev.gatehouse.solver.core.ProgressSink;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.worker.cache.CacheExporter;
import dev.gatehouse.solver.worker.cache.CacheLocation;
import dev.gatehouse.solver.worker.op.BuildMemory;
import dev.gatehouse.solver.worker.op.OperationContext;
import dev.gatehouse.solver.worker.op.OperationRequest;
import dev.gatehouse.solver.worker.op.ResolvedSource;
import dev.gatehouse.solver.worker.op.WorkerResult;
import dev.gatehouse.solver.worker.source.ResolveOptions;
import dev.gatehouse.solver.worker.source.Source;
import dev.gatehouse.solver.worker.source.SourceMetadata;
import dev.gatehouse.solver.worker.source.SourceRequest;
import dev.gatehouse.solver.worker.source.SourceResolver;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * One build on a worker: everything that its frontend, its exports and its clients ask the worker
 * for. Closing it gives up what no other build wants and releases all results.
 */
public final class Build implements AutoCloseable {
  private final Worker worker;
  private final BuildRequest request;
  private final SourcePolicies policies;
  private final Job<OperationRequest, WorkerResult> job;
  private final Set<CacheLocation> imported = ConcurrentHashMap.newKeySet();
  private final BuildMemory memory = new BuildMemory();

  Build(Worker worker, BuildRequest request) throws SolveException {
    this.worker = worker;
    this.request = request;
    this.policies = new SourcePolicies(request.facts().sourcePolicies());
    this.job =
        worker.solver().job(request.facts().ref(), request.progress(), List.of(this), List.of());
  }

  public BuildRequest request() {
    return request;
  }

  public Worker worker() {
    return worker;
  }

  BuildMemory memory() {
    return memory;
  }

  /**
   * Reads a definition. Nothing runs until the reference is evaluated, unless another does that.
   *
   * @param definition a {@code pb.Definition} message; empty bytes are scratch
   * @throws SolveException with category USER if the definition does not make sense or a policy
   *     denies one of its sources
   */
  public WorkerReference solve(byte[] definition) throws SolveException, InterruptedException {
    return solve(definition, List.of());
  }

  /**
   * Reads a definition under further source policies.
   *
   * @param furtherPolicies {@code moby.buildkit.v1.sourcepolicy.Policy} messages that apply after
   *     those of the build
   */
  public WorkerReference solve(byte[] definition, List<byte[]> furtherPolicies)
      throws SolveException, InterruptedException {
    Optional<Edge<OperationRequest>> edge = read(definition, furtherPolicies);
    for (String id : DefinitionReader.staleCacheMounts(definition)) {
      try {
        worker.services().exec().cacheMounts().forget(id);
      } catch (IOException e) {
        throw new SolveException(
            "cache-mount.prune",
            ErrorCategory.ENVIRONMENT,
            "failed to prune cache mount " + id + ": " + e.getMessage(),
            e);
      }
    }
    return new WorkerReference(this, definition.clone(), edge);
  }

  /** Makes an edge part of this build. */
  LazyResult<WorkerResult> result(Edge<OperationRequest> edge) throws SolveException {
    return job.build(edge);
  }

  Optional<Edge<OperationRequest>> read(byte[] definition, List<byte[]> furtherPolicies)
      throws SolveException {
    return new DefinitionReader(
            policies.and(furtherPolicies),
            request.facts().entitlements(),
            worker.platforms().getFirst())
        .read(definition);
  }

  /**
   * Resolves a source without fetching it, after source policies.
   *
   * @param logName what people see, such as {@code [internal] load metadata for
   *     docker.io/library/alpine:3}; empty for none
   */
  public SourceMetadata resolve(
      String identifier,
      Map<String, String> attributes,
      Optional<Platform> platform,
      ResolveOptions options,
      String logName)
      throws SolveException, IOException, InterruptedException {
    return resolve(identifier, attributes, platform, options, logName, List.of());
  }

  /**
   * Resolves a source under further source policies.
   *
   * @param furtherPolicies {@code moby.buildkit.v1.sourcepolicy.Policy} messages that apply after
   *     those of the build
   */
  public SourceMetadata resolve(
      String identifier,
      Map<String, String> attributes,
      Optional<Platform> platform,
      ResolveOptions options,
      String logName,
      List<byte[]> furtherPolicies)
      throws SolveException, IOException, InterruptedException {
    SourceOp asked =
        SourceOp.newBuilder().setIdentifier(identifier).putAllAttrs(attributes).build();
    SourceOp source = policies.and(furtherPolicies).apply(asked);
    SourceRequest resolved =
        SourceRequest.of(
            source.getIdentifier(),
            source.getAttrsMap(),
            platform.orElse(worker.platforms().getFirst()).normalized());
    Source found = worker.sources().find(resolved.scheme());
    if (!(found instanceof SourceResolver resolver)) {
      return new SourceMetadata(
          source.getIdentifier(), source.getAttrsMap(), new SourceMetadata.Nothing());
    }
    return step(
        logName.isEmpty() ? "resolve " + source.getIdentifier() : logName,
        context -> resolver.resolve(resolved, options, context));
  }

  /**
   * Does something for this build outside its graph that people see as a vertex of its own, such as
   * an export.
   *
   * @param name what people see
   */
  public <T> T step(String name, Step<T> step)
      throws SolveException, IOException, InterruptedException {
    Digest vertex = Digest.sha256(UUID.randomUUID().toString());
    Instant started = Instant.now();
    ProgressSink sink = job.progressSink();
    sink.accept(new ProgressEvent.VertexAdded(vertex, name, List.of(), Optional.empty()));
    sink.accept(new ProgressEvent.VertexStarted(vertex, started, false));
    Optional<String> error = Optional.of("context canceled");
    try (BuildStep context = new BuildStep(this, vertex, name, sink)) {
      T outcome = step.run(context);
      error = Optional.empty();
      return outcome;
    } catch (SolveException | IOException e) {
      error = Optional.of(e.getMessage() == null ? e.toString() : e.getMessage());
      throw e;
    } finally {
      sink.accept(new ProgressEvent.VertexCompleted(vertex, started, Instant.now(), false, error));
    }
  }

  /**
   * Reads the records of caches, to look in for all that is evaluated from now on. A cache that
   * cannot be read is reported with the progress and left out: a build does not fail for want of a
   * cache.
   *
   * @throws SolveException if a location does not make sense
   */
  public void importCaches(List<CacheLocation> locations)
      throws SolveException, InterruptedException {
    for (CacheLocation location : locations) {
      if (!imported.add(location)) {
        continue;
      }
      try {
        step(
                "importing cache manifest from "
                    + location
                        .attributes()
                        .getOrDefault(
                            "ref", location.attributes().getOrDefault("src", location.type())),
                context -> worker.services().cacheImporter().open(location, context))
            .forEach(job::addCache);
      } catch (IOException e) {
        // Shown as the step's error.
      }
    }
  }

  /**
   * Writes the caches of what the build ended with.
   *
   * @param locations without those of type inline, which go with the images
   * @return for the client: {@code cache.manifest}
   */
  public Map<String, String> exportCaches(
      List<CacheLocation> locations, List<WorkerReference> references)
      throws SolveException, IOException, InterruptedException {
    List<LazyResult<WorkerResult>> results = new ArrayList<>();
    for (WorkerReference reference : references) {
      reference.result().ifPresent(results::add);
    }
    Map<String, String> response = new HashMap<>();
    for (CacheLocation location : locations) {
      try {
        response.putAll(
            step(
                CacheExporter.name(location),
                context -> worker.services().cacheExporter().export(location, results, context)));
      } catch (IOException | SolveException e) {
        if (!Boolean.parseBoolean(location.attributes().getOrDefault("ignore-error", "false"))) {
          throw e;
        }
        // Asked for; shown as the step's error.
      }
    }
    return response;
  }

  /**
   * The cache records to embed in the configuration of an image.
   *
   * @param reference what the image is made of
   * @param layers the image's layers, lowest first
   */
  public Optional<byte[]> inlineCache(WorkerReference reference, List<Digest> layers)
      throws SolveException, IOException, InterruptedException {
    Optional<LazyResult<WorkerResult>> result = reference.result();
    if (result.isEmpty()) {
      return Optional.empty();
    }
    return step(
        "preparing layers for inline cache",
        context -> worker.services().cacheExporter().inline(result.get(), layers, context));
  }

  /** The sources that these vertices resolved to. */
  List<ResolvedSource> sources(Collection<Digest> vertices) {
    List<ResolvedSource> sources = new ArrayList<>();
    for (Digest vertex : vertices) {
      worker.source(vertex).ifPresent(sources::add);
    }
    sources.sort(java.util.Comparator.comparing(ResolvedSource::identifier));
    return sources;
  }

  @Override
  public void close() {
    job.close();
    memory.close();
  }

  static SolveException cancelled() {
    return new SolveException("cancelled", ErrorCategory.CANCELLED, "context canceled");
  }

  /** Something done for a build outside its graph. */
  @FunctionalInterface
  public interface Step<T> {
    T run(OperationContext context) throws SolveException, IOException, InterruptedException;
  }
}
