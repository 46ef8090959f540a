package dev.gatehouse.frontend.kit;

import dev.gatehouse.llb.SlashPath;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * Matches paths against the patterns of an ignore file, of which the last that matches decides.
 *
 * <p>{@code *} and {@code ?} stay within a folder, {@code **} does not, {@code [a-z]} is one of a
 * set, {@code \} takes the special meaning of what follows. A pattern that matches a folder matches
 * what is in it. Matching takes time in proportion to pattern times path, whatever the pattern.
 */
public final class PatternMatcher {
  private final List<Pattern> patterns = new ArrayList<>();
  private final boolean exceptions;

  /**
   * A matcher of patterns in order.
   *
   * @throws IllegalArgumentException if one of them cannot be read
   */
  public PatternMatcher(List<String> patterns) {
    boolean anyException = false;
    for (String text : patterns) {
      String pattern = text.strip();
      if (pattern.isEmpty()) {
        continue;
      }
      pattern = SlashPath.clean(pattern);
      boolean exception = pattern.startsWith("!");
      if (exception) {
        if (pattern.length() == 1) {
          throw new IllegalArgumentException("illegal exclusion pattern: \"!\"");
        }
        pattern = pattern.substring(1);
        anyException = true;
      }
      this.patterns.add(new Pattern(pattern, exception));
    }
    this.exceptions = anyException;
  }

  /** Whether one of the patterns begins with {@code !}. */
  public boolean hasExceptions() {
    return exceptions;
  }

  /** Whether there is a pattern, not an exception, that matches every entry of the root. */
  public boolean ignoresRootEntries() {
    for (Pattern pattern : patterns) {
      if (!pattern.exception
          && (pattern.text.equals("*")
              || pattern.text.equals("**")
              || pattern.text.equals("**/*"))) {
        return true;
      }
    }
    return false;
  }

  /** Whether the path, or a folder that it is in, is ignored. */
  public boolean matches(String path) {
    boolean matched = false;
    String parent = SlashPath.directory(path);
    String[] parents = parent.equals(".") ? new String[0] : parent.split("/", -1);
    for (Pattern pattern : patterns) {
      if (pattern.exception != matched) {
        continue;
      }
      boolean match = pattern.matches(path);
      StringBuilder folder = new StringBuilder();
      for (int i = 0; !match && i < parents.length; i++) {
        if (i > 0) {
          folder.append('/');
        }
        folder.append(parents[i]);
        match = pattern.matches(folder.toString());
      }
      if (match) {
        matched = !pattern.exception;
      }
    }
    return matched;
  }

  private enum Kind {
    LITERAL,
    /** One character of a set. */
    SET,
    /** One character but a slash. */
    ONE,
    /** Any number of characters but slashes. */
    MANY,
    /** Any number of characters. */
    ALL,
    /** Nothing, or any number of characters and a slash. */
    FOLDERS
  }

  private record Item(Kind kind, int character, String set) {
    boolean takes(int c) {
      return switch (kind) {
        case LITERAL -> c == character;
        case ONE, MANY -> c != '/';
        case ALL, FOLDERS -> true;
        case SET -> inSet(c);
      };
    }

    private boolean inSet(int c) {
      int i = 0;
      boolean negated = set.startsWith("^");
      if (negated) {
        i++;
      }
      boolean found = false;
      while (i < set.length()) {
        if (set.charAt(i) == '\\' && i + 1 < set.length()) {
          i++;
        }
        int low = set.codePointAt(i);
        i += Character.charCount(low);
        int high = low;
        if (i + 1 < set.length() && set.charAt(i) == '-') {
          i++;
          if (set.charAt(i) == '\\' && i + 1 < set.length()) {
            i++;
          }
          high = set.codePointAt(i);
          i += Character.charCount(high);
        }
        found |= c >= low && c <= high;
      }
      return found != negated;
    }
  }

  private static final class Pattern {
    private final String text;
    private final boolean exception;
    private final List<Item> items = new ArrayList<>();
    private final boolean suffix;

    Pattern(String text, boolean exception) {
      this.text = text;
      this.exception = exception;
      this.suffix = isSuffix();
      int i = 0;
      while (i < text.length()) {
        int c = text.codePointAt(i);
        i += Character.charCount(c);
        switch (c) {
          case '*' -> {
            if (i < text.length() && text.charAt(i) == '*') {
              i++;
              if (i < text.length() && text.charAt(i) == '/') {
                i++;
              }
              items.add(new Item(i == text.length() ? Kind.ALL : Kind.FOLDERS, 0, ""));
            } else {
              items.add(new Item(Kind.MANY, 0, ""));
            }
          }
          case '?' -> items.add(new Item(Kind.ONE, 0, ""));
          case '\\' -> {
            if (i == text.length()) {
              throw syntax();
            }
            int next = text.codePointAt(i);
            i += Character.charCount(next);
            items.add(new Item(Kind.LITERAL, next, ""));
          }
          case '[' -> {
            int end = i;
            if (end < text.length() && text.charAt(end) == '^') {
              end++;
            }
            if (end < text.length() && text.charAt(end) == ']') {
              throw syntax();
            }
            while (end < text.length() && text.charAt(end) != ']') {
              end += text.charAt(end) == '\\' ? 2 : 1;
            }
            if (end >= text.length()) {
              throw syntax();
            }
            items.add(new Item(Kind.SET, 0, text.substring(i, end)));
            i = end + 1;
          }
          default -> items.add(new Item(Kind.LITERAL, c, ""));
        }
      }
    }

    private static IllegalArgumentException syntax() {
      return new IllegalArgumentException("syntax error in pattern");
    }

    /**
     * A pattern of {@code **} and plain text matches any end of a path, even in the middle of a
     * name.
     */
    private boolean isSuffix() {
      if (!text.startsWith("**")) {
        return false;
      }
      for (int i = 2; i < text.length(); i++) {
        if ("*?[]\\".indexOf(text.charAt(i)) >= 0) {
          return false;
        }
      }
      return true;
    }

    boolean matches(String path) {
      if (suffix) {
        String end = text.substring(2);
        return path.endsWith(end) || (end.startsWith("/") && path.equals(end.substring(1)));
      }
      BitSet states = new BitSet(items.size() + 1);
      reach(states, 0);
      int i = 0;
      while (i < path.length() && !states.isEmpty()) {
        int c = path.codePointAt(i);
        i += Character.charCount(c);
        BitSet next = new BitSet(items.size() + 1);
        for (int s = states.nextSetBit(0); s >= 0; s = states.nextSetBit(s + 1)) {
          if (s == items.size()) {
            continue;
          }
          Item item = items.get(s);
          if (!item.takes(c)) {
            continue;
          }
          switch (item.kind()) {
            case MANY, ALL -> reach(next, s);
            case FOLDERS -> {
              // Inside of the folders the slash may end them; the state stays one that must take a
              // slash.
              next.set(s);
              if (c == '/') {
                reach(next, s + 1);
              }
            }
            case LITERAL, SET, ONE -> reach(next, s + 1);
          }
        }
        states = next;
      }
      return states.get(items.size());
    }

    private void reach(BitSet states, int from) {
      int s = from;
      while (s < items.size()) {
        states.set(s);
        Kind kind = items.get(s).kind();
        if (kind != Kind.MANY && kind != Kind.ALL && kind != Kind.FOLDERS) {
          return;
        }
        s++;
      }
      states.set(s);
    }
  }
}
