package dev.gatehouse.solver.worker.exec;

import dev.gatehouse.solver.core.ErrorCategory;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.store.ImmutableReference;
import java.util.List;
import java.util.Optional;

/**
 * A process of an exec operation did not end as it should. Carries what it left behind, for those
 * who want to look into it; the references live as long as the failed vertex is wanted.
 */
public final class ExecException extends SolveException {
  private static final long serialVersionUID = 1;

  private final int exitCode;
  private final transient List<Optional<ImmutableReference>> mounts;

  ExecException(
      ErrorCategory category,
      String message,
      int exitCode,
      List<Optional<ImmutableReference>> mounts,
      Throwable cause) {
    super("exec.failed", category, message, cause);
    this.exitCode = exitCode;
    this.mounts = List.copyOf(mounts);
  }

  ExecException(String message, int exitCode, List<Optional<ImmutableReference>> mounts) {
    super("exec.failed", ErrorCategory.USER, message);
    this.exitCode = exitCode;
    this.mounts = List.copyOf(mounts);
  }

  /** The exit code, 255 if the process never ran. */
  public int exitCode() {
    return exitCode;
  }

  /**
   * What the operation's mounts showed when the process ended, in their order; empty for mounts
   * that are no tree. They belong to the vertex: share what is to outlive it.
   */
  public List<Optional<ImmutableReference>> mounts() {
    return mounts;
  }
}
