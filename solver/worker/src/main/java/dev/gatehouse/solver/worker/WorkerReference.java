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

/**
 * The result of a definition in one build: solved when it is first needed, valid until the build is
 * closed.
 */
public final class WorkerReference {
  private final Build build;
  private final byte[] definition;
  private final Optional<Edge<OperationRequest>> edge;
  private final Optional<LazyResult<WorkerResult>> result;

  WorkerReference(
      Build build,
      byte[] definition,
      Optional<Edge<OperationRequest>> edge,
      Optional<LazyResult<WorkerResult>> result) {
    this.build = build;
    this.definition = definition;
    this.edge = edge;
    this.result = result;
  }

  /**
   * The result, solved now unless it was before. It belongs to the build; {@link
   * WorkerResult#share} keeps it longer.
   *
   * @throws SolveException naming the vertex that failed
   */
  public WorkerResult evaluate() throws SolveException, InterruptedException {
    return result.isEmpty() ? WorkerResult.SCRATCH : result.get().get();
  }

  /** Whether {@link #evaluate} returns at once. */
  public boolean isEvaluated() {
    return result.isEmpty() || result.get().isReady();
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

  Optional<LazyResult<WorkerResult>> result() {
    return result;
  }
}
