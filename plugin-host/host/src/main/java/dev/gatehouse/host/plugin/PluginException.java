package dev.gatehouse.host.plugin;

/** A plugin that cannot be used, in one sentence that says what its author must change. */
public final class PluginException extends Exception {
  private static final long serialVersionUID = 1L;

  public PluginException(String message) {
    super(message);
  }

  public PluginException(String message, Throwable cause) {
    super(message, cause);
  }
}
