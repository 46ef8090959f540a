package dev.gatehouse.frontend.dockerfile.lower;

/**
 * Permissions in the form of chmod: {@code u+rwx,go=r}. Only whether they are well formed is known
 * here; they are applied to the mode of each file by the daemon.
 */
final class SymbolicMode {
  private SymbolicMode() {}

  /** Whether the text can be read. */
  static boolean isValid(String text) {
    int at = 0;
    while (true) {
      while (at < text.length() && "augo".indexOf(text.charAt(at)) >= 0) {
        at++;
      }
      if (at == text.length()) {
        return false;
      }
      do {
        if ("+-=".indexOf(text.charAt(at)) < 0) {
          return false;
        }
        at++;
        while (at < text.length() && "rstwXxugo".indexOf(text.charAt(at)) >= 0) {
          at++;
        }
        if (at == text.length()) {
          return true;
        }
      } while (text.charAt(at) != ',');
      at++;
    }
  }
}
