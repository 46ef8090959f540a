package dev.gatehouse.cli.packager;

/** A frontend cannot be packaged; the message says why and what to change. */
public final class PackagingException extends Exception {
  private static final long serialVersionUID = 1;

  public PackagingException(String message) {
    super(message);
  }

  public PackagingException(String message, Throwable cause) {
    super(message, cause);
  }
}
