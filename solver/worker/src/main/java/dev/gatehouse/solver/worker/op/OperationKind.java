package dev.gatehouse.solver.worker.op;

/** The kinds of operation that a definition may hold. */
public enum OperationKind {
  SOURCE,
  EXEC,
  FILE,
  MERGE,
  DIFF,
  BUILD,
  PASSTHROUGH
}
