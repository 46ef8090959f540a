package dev.gatehouse.cli.progress;

import org.jline.utils.WCWidth;

/** Text for a terminal: cut to a width in columns, without control sequences of its own. */
final class Screen {
  private Screen() {}

  /**
   * What of a line of output a terminal would show at last: carriage returns and escape sequences
   * taken into account.
   */
  static String clean(String line) {
    int end = line.length();
    while (end > 0 && line.charAt(end - 1) == '\r') {
      end--;
    }
    int from = line.lastIndexOf('\r', end - 1) + 1;
    StringBuilder out = new StringBuilder();
    for (int i = from; i < end; i++) {
      char c = line.charAt(i);
      if (c == '\u001b') {
        i = skipEscape(line, i, end);
      } else if (c == '\t') {
        out.append("    ");
      } else if (c >= 0x20 && c != 0x7f) {
        out.append(c);
      }
    }
    return out.toString();
  }

  private static int skipEscape(String line, int at, int end) {
    int i = at + 1;
    if (i >= end) {
      return i;
    }
    char kind = line.charAt(i);
    if (kind == '[') {
      i++;
      while (i < end && (line.charAt(i) < 0x40 || line.charAt(i) > 0x7e)) {
        i++;
      }
      return i;
    }
    if (kind == ']') {
      while (i < end && line.charAt(i) != '\u0007' && line.charAt(i) != '\u001b') {
        i++;
      }
      return i < end && line.charAt(i) == '\u001b' ? i + 1 : i;
    }
    return i;
  }

  /** Columns that a text takes. */
  static int width(String text) {
    int width = 0;
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      width += Math.max(0, WCWidth.wcwidth(c));
      i += Character.charCount(c);
    }
    return width;
  }

  /** The text in at most so many columns; what is cut is marked. */
  static String cut(String text, int columns) {
    if (width(text) <= columns) {
      return text;
    }
    if (columns <= 1) {
      return columns == 1 ? "…" : "";
    }
    StringBuilder out = new StringBuilder();
    int width = 0;
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      int w = Math.max(0, WCWidth.wcwidth(c));
      if (width + w > columns - 1) {
        break;
      }
      out.appendCodePoint(c);
      width += w;
      i += Character.charCount(c);
    }
    return out.append('…').toString();
  }
}
