package dev.gatehouse.solver.worker.source;

import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.worker.op.OperationContext;
import dev.gatehouse.solver.worker.op.WorkerResult;
import java.io.IOException;

/**
 * One source operation of a build. The key is asked first and once; {@link #snapshot} only if
 * nothing is cached under it.
 */
public interface SourceInstance {
  /** Finds out which version of the source is meant. */
  SourceKey key(OperationContext context) throws SolveException, IOException, InterruptedException;

  /** Fetches what the key names; layers of images stay lazy. */
  WorkerResult snapshot(OperationContext context)
      throws SolveException, IOException, InterruptedException;
}
