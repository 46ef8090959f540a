package dev.gatehouse.client;

/** Hears what happens in a build, on one thread. */
@FunctionalInterface
public interface StatusListener {
  void status(SolveStatus status);

  /** Hears nothing. */
  static StatusListener none() {
    return status -> {};
  }
}
