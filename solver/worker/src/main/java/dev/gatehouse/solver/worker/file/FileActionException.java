package dev.gatehouse.solver.worker.file;

import dev.gatehouse.solver.core.ErrorCategory;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.linux.Errno;
import dev.gatehouse.solver.linux.LinuxException;
import dev.gatehouse.solver.store.StoreException;
import java.io.IOException;

/** One action of a file operation failed. */
public final class FileActionException extends SolveException {
  private static final long serialVersionUID = 1;

  private final int action;

  private FileActionException(int action, ErrorCategory category, String message, Throwable cause) {
    super("file.action", category, message, cause);
    this.action = action;
  }

  static FileActionException of(int action, IOException cause) {
    if (cause instanceof LinuxException e) {
      return new FileActionException(
          action,
          e.isNoSpace() || e.is(Errno.EIO) ? ErrorCategory.ENVIRONMENT : ErrorCategory.USER,
          e.call() + " " + e.subject() + ": " + Errno.message(e.errno()),
          e);
    }
    ErrorCategory category =
        cause instanceof StoreException ? ErrorCategory.ENVIRONMENT : ErrorCategory.USER;
    return new FileActionException(action, category, String.valueOf(cause.getMessage()), cause);
  }

  /** Index of the action within the operation. */
  public int action() {
    return action;
  }
}
