package dev.gatehouse.solver.core;

import java.io.IOException;
import java.time.Instant;
import java.util.Optional;

/** Keeps the results that {@link CacheStorage} has records of. */
public interface ResultStorage<R> {
  /**
   * Keeps a result.
   *
   * @return the record under which it is found, empty if a result of this kind is not kept
   */
  Optional<CacheResult> save(R result, Instant createdAt)
      throws IOException, SolveException, InterruptedException;

  /**
   * A kept result; the caller owns it. May be lazy: nothing is to be transferred until the result
   * is used.
   *
   * @return empty if the result has gone
   */
  Optional<R> load(CacheResult result, ExecutionContext<?, R> context)
      throws IOException, SolveException, InterruptedException;

  /** Whether the result is still there. Cheap. */
  boolean exists(String id);
}
