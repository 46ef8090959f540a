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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * One build on a worker: everything that its frontend, its exports and its clients ask the worker
 * for. Closing it gives up what no other build wants and releases all results.
 */
public final class Build implements AutoCloseable {
  private final Worker worker;
  private final BuildRequest request;
  private final SourcePolicies policies;
  private final DefinitionReader reader;
  private final Job<OperationRequest, WorkerResult> job;

  Build(Worker worker, BuildRequest request) throws SolveException {
    this.worker = worker;
    this.request = request;
    this.policies = new SourcePolicies(request.facts().sourcePolicies());
    this.reader =
        new DefinitionReader(
            policies, request.facts().entitlements(), worker.platforms().getFirst());
    this.job =
        worker.solver().job(request.facts().ref(), request.progress(), List.of(this), List.of());
  }

  public BuildRequest request() {
    return request;
  }

  public Worker worker() {
    return worker;
  }

  /**
   * Reads a definition. Nothing runs until the reference is evaluated, unless another does that.
   *
   * @param definition a {@code pb.Definition} message; empty bytes are scratch
   * @throws SolveException with category USER if the definition does not make sense or a policy
   *     denies one of its sources
   */
  public WorkerReference solve(byte[] definition) throws SolveException {
    Optional<Edge<OperationRequest>> edge = read(definition);
    Optional<LazyResult<WorkerResult>> result =
        edge.isEmpty() ? Optional.empty() : Optional.of(job.build(edge.get()));
    return new WorkerReference(this, definition.clone(), edge, result);
  }

  Optional<Edge<OperationRequest>> read(byte[] definition) throws SolveException {
    return reader.read(definition);
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
    SourceOp asked =
        SourceOp.newBuilder().setIdentifier(identifier).putAllAttrs(attributes).build();
    SourceOp source = policies.apply(asked);
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
