package dev.gatehouse.solver.core;

/**
 * How a solver works.
 *
 * @param parallelism how many operations run at once at most; 0 for any number. Waiting for inputs,
 *     cache maps and content digests do not count.
 * @param interleaving called where the order of threads matters, so that tests can shake it
 */
public record SolverOptions(int parallelism, Interleaving interleaving) {
  public static final SolverOptions DEFAULT = new SolverOptions(0, Interleaving.NONE);

  public SolverOptions {
    if (parallelism < 0) {
      throw new IllegalArgumentException("parallelism " + parallelism + " is negative");
    }
  }

  public static SolverOptions parallelism(int limit) {
    return new SolverOptions(limit, Interleaving.NONE);
  }

  /** A place to hold a thread back for a moment. */
  @FunctionalInterface
  public interface Interleaving {
    Interleaving NONE = point -> {};

    /**
     * @param point the name of the step that the calling thread is about to take
     */
    void before(String point);
  }
}
