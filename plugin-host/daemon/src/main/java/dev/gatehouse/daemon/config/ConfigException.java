package dev.gatehouse.daemon.config;

/** A configuration that cannot be used: one sentence, with file and line where known. */
public final class ConfigException extends Exception {
  private static final long serialVersionUID = 1L;

  public ConfigException(String message) {
    super(message);
  }

  public ConfigException(String message, Throwable cause) {
    super(message, cause);
  }
}
