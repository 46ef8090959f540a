package dev.gatehouse.cli.option;

/** A command line that makes no sense, in one sentence. */
public final class UsageException extends Exception {
  private static final long serialVersionUID = 1L;

  public UsageException(String message) {
    super(message);
  }
}
