package dev.gatehouse.solver.worker;

import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.core.Edge;
import dev.gatehouse.solver.core.LazyResult;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.core.Vertex;
import dev.gatehouse.solver.worker.op.OperationRequest;
import dev.gatehouse.solver.worker.op.ResolvedSource;
import dev.gatehouse.solver.worker.op.WorkerResult;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The result of a definition in one build: solved when it is first needed, valid until the build is
 * closed.
 */
public final class WorkerReference {
  private final Build build;
  private final byte[] definition;
  private final Optional<Edge<OperationRequest>> edge;

  /**
   * Guarded by this; the vertices become part of the build's graph when the result is first wanted.
   */
  private @Nullable LazyResult<WorkerResult> result;

  WorkerReference(Build build, byte[] definition, Optional<Edge<OperationRequest>> edge) {
    this.build = build;
    this.definition = definition;
    this.edge = edge;
  }

  /**
   * The result, solved now unless it was before. It belongs to the build; {@link
   * WorkerResult#share} keeps it longer.
   *
   * @throws SolveException naming the vertex that failed
   */
  public WorkerResult evaluate() throws SolveException, InterruptedException {
    Optional<LazyResult<WorkerResult>> lazy = result();
    return lazy.isEmpty() ? WorkerResult.SCRATCH : lazy.get().get();
  }

  /** Whether {@link #evaluate} returns at once. */
  public synchronized boolean isEvaluated() {
    return edge.isEmpty() || (result != null && result.isReady());
  }

  /** The {@code pb.Definition} message that this is the result of. */
  public byte[] definition() {
    return definition.clone();
  }

  /**
   * The sources in the definition as far as they are resolved; all of them once it is evaluated.
   */
  public List<ResolvedSource> sources() {
    Set<Digest> vertices = new HashSet<>();
    Deque<Vertex<OperationRequest>> open = new ArrayDeque<>();
    edge.ifPresent(e -> open.push(e.vertex()));
    while (!open.isEmpty()) {
      Vertex<OperationRequest> vertex = open.pop();
      if (vertices.add(vertex.digest())) {
        vertex.inputs().forEach(input -> open.push(input.vertex()));
      }
    }
    return build.sources(vertices);
  }

  synchronized Optional<LazyResult<WorkerResult>> result() throws SolveException {
    if (edge.isEmpty()) {
      return Optional.empty();
    }
    LazyResult<WorkerResult> lazy = result;
    if (lazy == null) {
      lazy = build.result(edge.get());
      result = lazy;
    }
    return Optional.of(lazy);
  }
}
