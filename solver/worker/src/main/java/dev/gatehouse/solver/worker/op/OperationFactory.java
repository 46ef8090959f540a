package dev.gatehouse.solver.worker.op;

import dev.gatehouse.solver.core.SolveException;

/** Makes operations of one kind. */
@FunctionalInterface
public interface OperationFactory {
  /**
   * Reads an operation.
   *
   * @throws SolveException with category USER if the message does not make sense
   */
  LlbOperation create(OperationRequest request) throws SolveException;
}
