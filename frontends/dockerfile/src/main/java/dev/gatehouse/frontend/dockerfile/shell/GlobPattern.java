package dev.gatehouse.frontend.dockerfile.shell;

import java.util.Arrays;

/**
 * A shell pattern of {@code *}, {@code ?} and literals, matched in time proportional to pattern
 * times text.
 *
 * <p>The reference makes regular expressions of them. A dot there does not match a line feed, so
 * neither do the wildcards here; and the replacement of all matches knows {@code $0} and the like,
 * as Go's regular expressions do.
 */
final class GlobPattern {
  private static final int STAR = -1;
  private static final int ANY = -2;
  private static final long MAX_STEPS = 1L << 25;

  private final int[] items;
  private final int size;
  private long steps;

  /** A pattern that cannot be understood. */
  static final class InvalidPattern extends Exception {
    private static final long serialVersionUID = 1;

    InvalidPattern(String pattern, String reason) {
      super("invalid pattern (" + pattern + ") in substitution: " + reason, null, false, false);
    }
  }

  private GlobPattern(int[] items, int size) {
    this.items = items;
    this.size = size;
  }

  private static GlobPattern compile(String pattern) throws InvalidPattern {
    int[] text = pattern.codePoints().toArray();
    int[] items = new int[text.length];
    int size = 0;
    for (int i = 0; i < text.length; i++) {
      int c = text[i];
      switch (c) {
        case '*' -> items[size++] = STAR;
        case '?' -> items[size++] = ANY;
        case '\\' -> {
          int next = i + 1 < text.length ? text[i + 1] : 0xFFFD;
          if (i + 1 < text.length && (next == '}' || next == '/')) {
            continue;
          }
          if (next != '*' && next != '?' && next != '\\') {
            throw new InvalidPattern(
                pattern, "invalid escape '\\" + Character.toString(next) + "'");
          }
          items[size++] = next;
          i++;
        }
        default -> items[size++] = c;
      }
    }
    return new GlobPattern(items, size);
  }

  static String trimPrefix(String pattern, String value, boolean greedy) throws InvalidPattern {
    GlobPattern glob = compile(pattern);
    int[] text = value.codePoints().toArray();
    int end = glob.matchAt(pattern, text, 0, greedy);
    return end < 0 ? value : new String(text, end, text.length - end);
  }

  static String trimSuffix(String pattern, String value, boolean greedy) throws InvalidPattern {
    return reversed(trimPrefix(reversedPattern(pattern), reversed(value), greedy));
  }

  static String replace(String pattern, String value, String replacement, boolean all)
      throws InvalidPattern {
    GlobPattern glob = compile(pattern);
    int[] text = value.codePoints().toArray();
    StringBuilder out = new StringBuilder();
    int last = 0;
    int search = 0;
    while (search <= text.length) {
      int start = search;
      int end = -1;
      for (; start <= text.length; start++) {
        end = glob.matchAt(pattern, text, start, true);
        if (end >= 0) {
          break;
        }
      }
      if (end < 0) {
        break;
      }
      append(out, text, last, start);
      if (!all) {
        out.append(replacement);
        last = end;
        break;
      }
      // An empty match right behind another match is none.
      if (end > last || start == 0) {
        out.append(ReplacementTemplate.expand(replacement, new String(text, start, end - start)));
      }
      if (out.length() > ExpansionBudget.MAX_WORD) {
        throw new InvalidPattern(pattern, "too costly for a text of this size");
      }
      last = end;
      search = end > search ? end : search + 1;
    }
    append(out, text, last, text.length);
    return out.toString();
  }

  private static void append(StringBuilder out, int[] text, int from, int to) {
    for (int i = from; i < to; i++) {
      out.appendCodePoint(text[i]);
    }
  }

  /**
   * The end of the longest (or shortest) match that starts at {@code start}, -1 if there is none.
   */
  private int matchAt(String pattern, int[] text, int start, boolean greedy) throws InvalidPattern {
    boolean[] now = new boolean[size + 1];
    boolean[] next = new boolean[size + 1];
    reach(now, 0);
    int end = -1;
    for (int at = start; ; at++) {
      if (now[size]) {
        end = at;
        if (!greedy) {
          return end;
        }
      }
      if (at == text.length) {
        return end;
      }
      Arrays.fill(next, false);
      boolean alive = false;
      int c = text[at];
      for (int state = 0; state < size; state++) {
        if (!now[state]) {
          continue;
        }
        int item = items[state];
        if (item == STAR) {
          if (c != '\n') {
            reach(next, state);
            alive = true;
          }
        } else if (item == ANY ? c != '\n' : item == c) {
          reach(next, state + 1);
          alive = true;
        }
      }
      steps += size + 1;
      if (steps > MAX_STEPS) {
        throw new InvalidPattern(pattern, "too costly for a text of this size");
      }
      if (!alive) {
        return end;
      }
      boolean[] swap = now;
      now = next;
      next = swap;
    }
  }

  private void reach(boolean[] states, int state) {
    while (true) {
      if (states[state]) {
        return;
      }
      states[state] = true;
      if (state == size || items[state] != STAR) {
        return;
      }
      state++;
    }
  }

  private static String reversed(String text) {
    int[] points = text.codePoints().toArray();
    StringBuilder out = new StringBuilder(text.length());
    for (int i = points.length - 1; i >= 0; i--) {
      out.appendCodePoint(points[i]);
    }
    return out.toString();
  }

  /** Backwards, with escapes still before what they escape. */
  private static String reversedPattern(String pattern) {
    int[] points = pattern.codePoints().toArray();
    int[] out = new int[points.length];
    int last = points.length - 1;
    for (int i = 0; i <= last; i++) {
      int to = last - i;
      if (points[i] == '\\' && i != last) {
        out[to - 1] = '\\';
        out[to] = points[i + 1];
        i++;
      } else {
        out[to] = points[i];
      }
    }
    return new String(out, 0, out.length);
  }
}
