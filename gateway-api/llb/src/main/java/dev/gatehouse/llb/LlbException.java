package dev.gatehouse.llb;

import org.jspecify.annotations.Nullable;

/** A graph that cannot be built, marshalled or read; the message says what is wrong with it. */
public final class LlbException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public LlbException(String message) {
    super(message);
  }

  public LlbException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
