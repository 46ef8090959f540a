package dev.gatehouse.solver.worker.registry;

import java.io.IOException;

/** A registry refused, or answered something that cannot be used. */
public final class RegistryException extends IOException {
  private static final long serialVersionUID = 1;

  /** What kind of failure. */
  public enum Reason {
    /** There is no such repository, tag, manifest or blob. */
    NOT_FOUND,
    /** Credentials are missing, wrong, or do not suffice. */
    UNAUTHORIZED,
    /** An answer that is larger than is accepted, or not what the protocol demands. */
    INVALID,
    /** Any other status. */
    STATUS
  }

  private final Reason reason;
  private final int status;

  public RegistryException(Reason reason, int status, String message) {
    super(message);
    this.reason = reason;
    this.status = status;
  }

  public Reason reason() {
    return reason;
  }

  /** The HTTP status, 0 if the failure is of none. */
  public int status() {
    return status;
  }

  /** Whether another attempt may succeed. */
  boolean mayPass() {
    return status >= 500 || status == 429 || status == 408;
  }
}
