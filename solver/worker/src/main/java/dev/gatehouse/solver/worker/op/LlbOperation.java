package dev.gatehouse.solver.worker.op;

import dev.gatehouse.solver.core.CacheMap;
import dev.gatehouse.solver.core.SolveException;
import java.io.IOException;
import java.util.List;

/**
 * One operation of a definition. The same object serves the cache map and the execution of a
 * vertex, so that what was resolved for the one is at hand for the other; it is called by one
 * thread at a time.
 */
public interface LlbOperation {
  /** How the operation is cached. Must not need the inputs' results. */
  CacheMap<WorkerResult> cacheMap(OperationContext context)
      throws SolveException, IOException, InterruptedException;

  /**
   * Runs the operation.
   *
   * @param inputs the inputs' results in order. They stay the caller's; {@link WorkerResult#share}
   *     what outlives the call.
   * @return the outputs in order, which become the caller's
   */
  List<WorkerResult> execute(List<WorkerResult> inputs, OperationContext context)
      throws SolveException, IOException, InterruptedException;
}
