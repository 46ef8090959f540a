package dev.gatehouse.solver.core;

/** What the solver must know of results: how to hold one once more and how to let it go. */
public interface ResultType<R> {
  /** A further handle on the same result, which lives until it is released for itself. */
  R share(R result);

  /** Gives a handle back. The result goes when its last handle has gone. */
  void release(R result);
}
