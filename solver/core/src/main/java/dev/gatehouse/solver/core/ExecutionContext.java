package dev.gatehouse.solver.core;

import java.util.List;
import java.util.function.Supplier;

/**
 * What the execution of a vertex can reach: the builds that want it, its progress, and the solver
 * itself.
 */
public interface ExecutionContext<O, R> {
  /** The vertex in question. */
  Vertex<O> vertex();

  /** Where its progress goes: to every build that wants it. */
  VertexProgress progress();

  /**
   * The values of a type that the builds wanting this vertex carry, in the order in which they
   * came, without doubles. Another build may come at any time, so a list asked for later may be
   * longer.
   */
  <T> List<T> attachments(Class<T> type);

  /**
   * Evaluates an edge of a graph that came up while the vertex ran, on behalf of the same builds.
   * The result belongs to the solver and stays until the vertex itself is let go. While this waits,
   * the vertex does not count against the limit of parallel executions.
   */
  R build(Edge<O> edge) throws SolveException, InterruptedException;

  /**
   * The one object of a type that belongs to this vertex while builds want it: made by the first
   * call, the same for the cache map, content digests and the execution.
   */
  <T> T state(Class<T> type, Supplier<T> create);

  /** Has something done when the last build that wants this vertex has gone. */
  void onRelease(Runnable cleanup);
}
