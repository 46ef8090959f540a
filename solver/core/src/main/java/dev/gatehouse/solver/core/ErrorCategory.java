package dev.gatehouse.solver.core;

/** Whose matter a failure is. */
public enum ErrorCategory {
  /**
   * What was asked for is wrong or fails by itself: a bad definition, a command that exits with an
   * error.
   */
  USER,
  /**
   * The surroundings are at fault and another attempt may succeed: network, registry, full disk.
   */
  ENVIRONMENT,
  /** A defect of Gatehouse. */
  INTERNAL,
  /** The build was given up. */
  CANCELLED
}
