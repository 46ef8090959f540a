package dev.gatehouse.cli;

/** A command line that makes no sense, in one sentence. */
final class UsageException extends Exception {
  private static final long serialVersionUID = 1L;

  UsageException(String message) {
    super(message);
  }
}
