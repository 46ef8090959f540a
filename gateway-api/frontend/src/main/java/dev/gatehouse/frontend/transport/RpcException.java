package dev.gatehouse.frontend.transport;

import dev.gatehouse.frontend.StatusCode;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A call that ended with a status other than OK. */
public final class RpcException extends Exception {
  private static final long serialVersionUID = 1L;

  private final StatusCode status;
  private final byte[] details;

  /**
   * @param status never {@link StatusCode#OK}
   * @param message the status message
   * @param details {@code google.rpc.Status} as protobuf bytes, empty when there is none
   */
  public RpcException(
      StatusCode status, String message, byte[] details, @Nullable Throwable cause) {
    super(message, cause);
    if (status == StatusCode.OK) {
      throw new IllegalArgumentException("OK is no failure");
    }
    this.status = status;
    this.details = details;
  }

  /** A failure without details. */
  public RpcException(StatusCode status, String message) {
    this(status, message, new byte[0], null);
  }

  public StatusCode status() {
    return status;
  }

  /** {@code google.rpc.Status} as protobuf bytes, empty when there is none; do not write to it. */
  public byte[] details() {
    return details;
  }

  @Override
  public String getMessage() {
    return Objects.requireNonNullElse(super.getMessage(), "");
  }

  @Override
  public String toString() {
    return status + ": " + getMessage();
  }
}
