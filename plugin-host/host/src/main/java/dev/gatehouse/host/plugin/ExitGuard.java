package dev.gatehouse.host.plugin;

/**
 * What a plugin calls in place of {@code System.exit}: a frontend may end its own build, not the
 * daemon. Public because classes of other class loaders call it.
 */
public final class ExitGuard {
  private ExitGuard() {}

  /** Stands for {@code System.exit}. */
  public static void exit(int status) {
    throw refusal(status);
  }

  /** Stands for {@code Runtime.exit} and {@code Runtime.halt}. */
  public static void exit(Runtime runtime, int status) {
    throw refusal(status);
  }

  private static SecurityException refusal(int status) {
    return new SecurityException("the frontend tried to end the daemon with exit status " + status);
  }
}
