package dev.gatehouse.solver.core;

/**
 * Takes the progress of one build. Called by one thread at a time, in order, without any lock of
 * the solver held; it must not block for long, because the work that it reports waits for it.
 */
@FunctionalInterface
public interface ProgressSink {
  /** Ignores everything. */
  ProgressSink NONE = event -> {};

  void accept(ProgressEvent event);
}
