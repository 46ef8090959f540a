package dev.gatehouse.solver.worker.file;

import java.util.ArrayList;
import java.util.List;

/**
 * A mode as chmod(1) takes it: octal, or clauses such as {@code u=rwX,go-w}. Without {@code ugoa} a
 * clause is for all, whatever the umask.
 */
final class SymbolicMode {
  private static final int ALL = 0777;

  private interface Change {
    int apply(int mode, boolean directory, int original);
  }

  private final List<Change> changes = new ArrayList<>();
  private final String text;
  private int at;

  private SymbolicMode(String text) {
    this.text = text;
  }

  /**
   * Reads a mode.
   *
   * @throws IllegalArgumentException if it is none
   */
  static SymbolicMode parse(String text) {
    SymbolicMode mode = new SymbolicMode(text);
    if (text.isEmpty()) {
      throw mode.invalid();
    }
    if (Character.isDigit(text.charAt(0))) {
      int value;
      try {
        value = Integer.parseInt(text, 8);
      } catch (NumberFormatException e) {
        throw mode.invalid();
      }
      if (value > 07777) {
        throw mode.invalid();
      }
      mode.changes.add((m, directory, original) -> value);
      return mode;
    }
    do {
      mode.clause();
    } while (mode.accept(','));
    if (mode.at < text.length()) {
      throw mode.invalid();
    }
    return mode;
  }

  private IllegalArgumentException invalid() {
    return new IllegalArgumentException("invalid mode \"" + text + "\": invalid syntax");
  }

  private boolean accept(char c) {
    if (at < text.length() && text.charAt(at) == c) {
      at++;
      return true;
    }
    return false;
  }

  private void clause() {
    int who = 0;
    while (at < text.length() && "ugoa".indexOf(text.charAt(at)) >= 0) {
      who |=
          switch (text.charAt(at++)) {
            case 'u' -> 04700;
            case 'g' -> 02070;
            case 'o' -> 0007;
            default -> 06777;
          };
    }
    do {
      operation(who);
    } while (at < text.length() && "+-=".indexOf(text.charAt(at)) >= 0);
  }

  private void operation(int who) {
    if (at >= text.length() || "+-=".indexOf(text.charAt(at)) < 0) {
      throw invalid();
    }
    char operator = text.charAt(at++);
    int range = who == 0 ? 06777 : who;
    boolean copies = at < text.length() && "ugo".indexOf(text.charAt(at)) >= 0;
    if (operator == '=' && !copies) {
      changes.add((m, directory, original) -> m & ~range);
    }
    int bits = 0;
    boolean executable = false;
    boolean sticky = false;
    while (at < text.length() && ",+-=".indexOf(text.charAt(at)) < 0) {
      switch (text.charAt(at++)) {
        case 'r' -> bits |= 0444;
        case 'w' -> bits |= 0222;
        case 'x' -> bits |= 0111;
        case 'X' -> {
          if (operator == '-') {
            bits |= 0111;
          } else {
            executable = true;
          }
        }
        case 's' -> bits |= (range & ~0007) != 0 ? 06000 : 0;
        case 't' -> sticky |= (range & ~0007) != 0;
        case 'u' -> copy(operator, range, 6);
        case 'g' -> copy(operator, range, 3);
        case 'o' -> copy(operator, range, 0);
        default -> throw invalid();
      }
    }
    int change = (bits & range) | (sticky ? 01000 : 0);
    if (change != 0) {
      changes.add((m, directory, original) -> operator == '-' ? m & ~change : m | change);
    }
    if (executable) {
      changes.add(
          (m, directory, original) -> directory || (original & 0111) != 0 ? m | (0111 & range) : m);
    }
  }

  /** Copies the bits of user, group or others to those whom the clause is for. */
  private void copy(char operator, int range, int shift) {
    changes.add((m, directory, original) -> {
      int three = (m >> shift) & 7;
      int spread = (three << 6 | three << 3 | three) & range & ALL;
      return switch (operator) {
        case '-' -> m & ~spread;
        case '=' -> (m & ~(range & ALL)) | spread;
        default -> m | spread;
      };
    });
  }

  /** The permissions that come of a file's. */
  int apply(int permissions, boolean directory) {
    int mode = permissions;
    for (Change c : changes) {
      mode = c.apply(mode, directory, permissions);
    }
    return mode & 07777;
  }
}
