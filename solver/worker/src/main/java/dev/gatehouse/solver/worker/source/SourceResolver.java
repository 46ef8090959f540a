package dev.gatehouse.solver.worker.source;

import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.worker.op.OperationContext;
import java.io.IOException;

/** A source that can tell about a version without fetching its content. */
public interface SourceResolver extends Source {
  SourceMetadata resolve(SourceRequest request, ResolveOptions options, OperationContext context)
      throws SolveException, IOException, InterruptedException;
}
