package dev.gatehouse.solver.store;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A failure of the store with a stable code. */
public final class StoreException extends IOException {
  private static final long serialVersionUID = 1L;

  /** What kind of failure. */
  public enum Code {
    /** Nothing of that name. */
    NOT_FOUND,
    /** A mutable reference, or the whole store, is in use by another. */
    LOCKED,
    /** Content does not match its digest or size, or the state on disk is damaged. */
    CORRUPT,
    /** The disk or the quota is full. */
    NO_SPACE,
    /** A lazy reference needs its layer and nobody said where to fetch it. */
    NO_PROVIDER,
    /** Not possible in this state or on this system. */
    UNSUPPORTED
  }

  private final Code code;

  public StoreException(Code code, String message) {
    this(code, message, null);
  }

  public StoreException(Code code, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.code = code;
  }

  /** Rethrows what a wait for the database wrapped. */
  static StoreException unwrap(java.io.UncheckedIOException e) {
    if (e.getCause() instanceof StoreException s) {
      return s;
    }
    return new StoreException(Code.CORRUPT, String.valueOf(e.getMessage()), e);
  }

  public Code code() {
    return code;
  }
}
