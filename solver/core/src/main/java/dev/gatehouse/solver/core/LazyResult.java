package dev.gatehouse.solver.core;

import java.io.IOException;

/** The result of an edge that a build asked for: computed when it is first wanted. */
public final class LazyResult<R> {
  private final Job<?, R> job;
  private final ActiveEdge<?, R> edge;

  LazyResult(Job<?, R> job, ActiveEdge<?, R> edge) {
    this.job = job;
    this.edge = edge;
  }

  /**
   * The result, evaluated now unless it was before. It belongs to the solver and stays until the
   * build is closed; {@link ResultType#share} keeps it longer.
   *
   * @throws SolveException if a vertex fails, naming it; with category CANCELLED if the build is
   *     closed meanwhile
   */
  public R get() throws SolveException, InterruptedException {
    return outcome().result();
  }

  /** Whether {@link #get} returns at once. */
  public boolean isReady() {
    return edge.completion().peek() != null;
  }

  /**
   * Hands the records of all that led to the result to an exporter of caches, inputs before what
   * came of them. Evaluates the result if it was not.
   */
  public <T> void exportCache(CacheExport<R, T> export)
      throws SolveException, IOException, InterruptedException {
    new CacheExportWalk<>(export).walk(outcome());
  }

  private ActiveEdge.Outcome<R> outcome() throws SolveException, InterruptedException {
    return edge.completion().get(job.closed());
  }
}
