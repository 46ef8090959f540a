package dev.gatehouse.solver.exec;

import java.io.IOException;

/**
 * A container or a process in it could not be made, or the specification asks for what is not
 * there.
 */
public final class ContainerException extends IOException {
  /** Whose fault it is. */
  public enum Kind {
    /** The specification: an unknown user, a missing selector, a program that is not there. */
    SPECIFICATION,
    /** This host: no runtime, no privileges, no such network. */
    HOST,
    /** The container ended before. */
    GONE
  }

  private static final long serialVersionUID = 1;

  private final Kind kind;

  public ContainerException(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  public ContainerException(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }
}
