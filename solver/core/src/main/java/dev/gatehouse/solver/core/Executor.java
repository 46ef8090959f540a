package dev.gatehouse.solver.core;

import java.io.IOException;
import java.util.List;

/**
 * Knows what operations are: how each is cached and how it is run.
 *
 * <p>This is the seam for more machines. On one machine it is an object of the process; elsewhere
 * it may hand the operation to another host. Methods are called from many virtual threads at once,
 * never twice at the same time for one vertex, and may block. An interrupt is the cancellation of
 * the last build that wanted the vertex.
 */
public interface Executor<O, R> {
  /**
   * Describes how the vertex is cached. For a source this resolves what a name means now (the
   * digest of a tag, the commit of a branch), which is all that a fully cached build does.
   */
  CacheMap<R> cacheMap(Vertex<O> vertex, ExecutionContext<O, R> context)
      throws SolveException, IOException, InterruptedException;

  /**
   * Runs the operation.
   *
   * @param inputs the inputs' results in order; they belong to the solver, and what is to outlive
   *     the call is shared
   * @return the outputs in order; they belong to the solver from then on
   */
  List<R> execute(Vertex<O> vertex, List<R> inputs, ExecutionContext<O, R> context)
      throws SolveException, IOException, InterruptedException;
}
