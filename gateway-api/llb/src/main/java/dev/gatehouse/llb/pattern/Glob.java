package dev.gatehouse.llb.pattern;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A pattern of path names.
 *
 * <p>{@code *} and {@code ?} stay within a folder, {@code **} does not, {@code [a-z]} is one of a
 * set ({@code [^a-z]} one that is not), {@code \} takes the special meaning of what follows.
 * Matching takes time in proportion to pattern times path, whatever the pattern. Source: moby's
 * {@code patternmatcher}.
 */
public final class Glob {
  private enum Kind {
    LITERAL,
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
      boolean negated = set.startsWith("^");
      int i = negated ? 1 : 0;
      boolean found = false;
      while (i < set.length()) {
        i += set.charAt(i) == '\\' && i + 1 < set.length() ? 1 : 0;
        int low = set.codePointAt(i);
        i += Character.charCount(low);
        int high = low;
        if (i + 1 < set.length() && set.charAt(i) == '-') {
          i++;
          i += set.charAt(i) == '\\' && i + 1 < set.length() ? 1 : 0;
          high = set.codePointAt(i);
          i += Character.charCount(high);
        }
        found |= c >= low && c <= high;
      }
      return found != negated;
    }
  }

  private final String text;
  private final List<Item> items = new ArrayList<>();
  private final boolean literal;

  /** What a path must end with; null for patterns that are more than leading asterisks and text. */
  private final @Nullable String suffix;

  private Glob(String text, boolean folders) {
    this.text = text;
    int i = 0;
    while (i < text.length()) {
      int c = text.codePointAt(i);
      i += Character.charCount(c);
      switch (c) {
        case '*' -> {
          if (folders && i < text.length() && text.charAt(i) == '*') {
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
          int end = endOfSet(i);
          items.add(new Item(Kind.SET, 0, text.substring(i, end)));
          i = end + 1;
        }
        default -> items.add(new Item(Kind.LITERAL, c, ""));
      }
    }
    suffix = folders ? suffix(text) : null;
    literal = items.stream().allMatch(item -> item.kind == Kind.LITERAL);
  }

  /**
   * A pattern in which {@code **} crosses folders, as in ignore files.
   *
   * @throws IllegalArgumentException if it cannot be read
   */
  public static Glob crossing(String pattern) {
    return new Glob(pattern, true);
  }

  /**
   * A pattern in which no wildcard matches a slash, as of Go's {@code path.Match}.
   *
   * @throws IllegalArgumentException if it cannot be read
   */
  public static Glob within(String pattern) {
    return new Glob(pattern, false);
  }

  /** Whether a text has wildcards, so that it names more than one path. */
  public static boolean hasWildcards(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\') {
        i++;
      } else if (c == '*' || c == '?' || c == '[') {
        return true;
      }
    }
    return false;
  }

  /** Whether it matches just one path. */
  public boolean isLiteral() {
    return literal;
  }

  /** Whether the whole path matches. */
  public boolean matches(String path) {
    if (literal && text.indexOf('\\') < 0) {
      return path.equals(text);
    }
    if (suffix != null) {
      return path.endsWith(suffix) || suffix.startsWith("/") && path.equals(suffix.substring(1));
    }
    BitSet states = new BitSet(items.size() + 1);
    reach(states, 0);
    int i = 0;
    while (i < path.length() && !states.isEmpty()) {
      int c = path.codePointAt(i);
      i += Character.charCount(c);
      BitSet next = new BitSet(items.size() + 1);
      for (int s = states.nextSetBit(0); s >= 0 && s < items.size(); s = states.nextSetBit(s + 1)) {
        Item item = items.get(s);
        if (!item.takes(c)) {
          continue;
        }
        switch (item.kind()) {
          case MANY, ALL -> reach(next, s);
          case FOLDERS -> {
            // Begun folders must end with a slash, so the state stays but is not passed without
            // one.
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

  /** moby matches two asterisks before plain text as a suffix, in the middle of a name too. */
  private static @Nullable String suffix(String text) {
    if (!text.startsWith("**") || text.length() == 2) {
      return null;
    }
    String rest = text.substring(2);
    return rest.chars().noneMatch(c -> "*?[]\\".indexOf(c) >= 0) ? rest : null;
  }

  /** Adds a state and those reached from it without a character. */
  private void reach(BitSet states, int from) {
    for (int s = from; ; s++) {
      states.set(s);
      if (s == items.size()) {
        return;
      }
      Kind kind = items.get(s).kind();
      if (kind != Kind.MANY && kind != Kind.ALL && kind != Kind.FOLDERS) {
        return;
      }
    }
  }

  private int endOfSet(int from) {
    int end = from;
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
    return end;
  }

  private IllegalArgumentException syntax() {
    return new IllegalArgumentException("syntax error in pattern: " + text);
  }

  @Override
  public String toString() {
    return text;
  }
}
