package dev.gatehouse.solver.worker.session;

import java.io.IOException;

/** A client's service answered a call with an error. */
public class SessionCallException extends IOException {
  private final Status status;

  /**
   * @param status the gRPC status
   * @param message the status' description
   */
  public SessionCallException(Status status, String message) {
    super(message);
    this.status = status;
  }

  public Status status() {
    return status;
  }

  /** The gRPC status codes, in the order of their numbers. */
  public enum Status {
    OK,
    CANCELLED,
    UNKNOWN,
    INVALID_ARGUMENT,
    DEADLINE_EXCEEDED,
    NOT_FOUND,
    ALREADY_EXISTS,
    PERMISSION_DENIED,
    RESOURCE_EXHAUSTED,
    FAILED_PRECONDITION,
    ABORTED,
    OUT_OF_RANGE,
    UNIMPLEMENTED,
    INTERNAL,
    UNAVAILABLE,
    DATA_LOSS,
    UNAUTHENTICATED;

    public static Status ofNumber(int number) {
      Status[] all = values();
      return number >= 0 && number < all.length ? all[number] : UNKNOWN;
    }
  }
}
