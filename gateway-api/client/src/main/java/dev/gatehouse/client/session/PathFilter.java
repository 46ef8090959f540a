package dev.gatehouse.client.session;

import java.util.ArrayList;
import java.util.List;

/**
 * Include or exclude patterns with the meaning of {@code .dockerignore}: the last pattern that
 * matches a path or a directory it is in decides, {@code !} in front means the opposite.
 *
 * <p>{@code *} and {@code ?} stay within a name, {@code **} does not, {@code [a-z]} is one of a
 * set, {@code \} takes the meaning of what follows. Time is in proportion to pattern times path,
 * whatever the pattern.
 */
final class PathFilter {
  private final List<Pattern> patterns = new ArrayList<>();
  private boolean hasExceptions;

  /**
   * @throws IllegalArgumentException for a pattern that cannot be read
   */
  PathFilter(List<String> texts) {
    for (String text : texts) {
      String p = text.strip();
      if (p.isEmpty()) {
        continue;
      }
      p = Paths.clean(p);
      boolean exception = p.startsWith("!");
      if (exception) {
        if (p.length() == 1) {
          throw new IllegalArgumentException("illegal exclusion pattern: \"!\"");
        }
        p = p.substring(1);
        hasExceptions = true;
      }
      patterns.add(new Pattern(p, exception));
    }
  }

  boolean hasExceptions() {
    return hasExceptions;
  }

  /** Which patterns matched a directory, so that what is in it need not ask again. */
  static final class Match {
    final boolean matched;
    private final boolean[] each;

    private Match(boolean matched, boolean[] each) {
      this.matched = matched;
      this.each = each;
    }
  }

  /** The start of a walk, above the root's entries. */
  Match none() {
    return new Match(false, new boolean[patterns.size()]);
  }

  /** Matches a path whose parent directory has been matched. */
  Match match(String path, Match parent) {
    boolean matched = false;
    boolean[] each = new boolean[patterns.size()];
    for (int i = 0; i < each.length; i++) {
      Pattern p = patterns.get(i);
      boolean match = parent.each[i];
      if (!match) {
        if (p.exception != matched) {
          continue;
        }
        match = p.matches(path);
      }
      each[i] = match;
      if (match) {
        matched = !p.exception;
      }
    }
    return new Match(matched, each);
  }

  /** Matches a path by itself and its parents. */
  boolean matches(String path) {
    Match match = none();
    for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
      match = match(path.substring(0, slash), match);
    }
    return match(path, match).matched;
  }

  /**
   * Whether a pattern of this kind can match something below a directory that it does not match
   * itself.
   */
  boolean mayMatchBelow(String directory, boolean exceptions) {
    String prefix = directory + "/";
    for (Pattern p : patterns) {
      if (p.exception != exceptions) {
        continue;
      }
      String head = p.literalHead();
      if (head == null || (head + "/").startsWith(prefix)) {
        return true;
      }
    }
    return false;
  }

  private enum Kind {
    LITERAL,
    SET,
    ONE,
    MANY,
    ALL,
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
    final boolean exception;
    private final String text;
    private final List<Item> items = new ArrayList<>();
    private final boolean literal;

    Pattern(String text, boolean exception) {
      this.text = text;
      this.exception = exception;
      int i = 0;
      while (i < text.length()) {
        int c = text.codePointAt(i);
        i += Character.charCount(c);
        switch (c) {
          case '*' -> {
            if (i < text.length() && text.charAt(i) == '*') {
              boolean first = i == 1;
              i++;
              boolean slash = i < text.length() && text.charAt(i) == '/';
              if (slash) {
                i++;
              }
              boolean suffix = first && !slash && plain(text, i);
              items.add(new Item(i == text.length() || suffix ? Kind.ALL : Kind.FOLDERS, 0, ""));
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
      literal =
          items.stream().allMatch(item -> item.kind() == Kind.LITERAL) && text.indexOf('\\') < 0;
    }

    private static boolean plain(String text, int from) {
      for (int i = from; i < text.length(); i++) {
        if ("*?[]\\".indexOf(text.charAt(i)) >= 0) {
          return false;
        }
      }
      return from < text.length();
    }

    private static IllegalArgumentException syntax() {
      return new IllegalArgumentException("syntax error in pattern");
    }

    /**
     * The pattern without a {@code **} at its end, or null when a special character is left in it.
     */
    @org.jspecify.annotations.Nullable
    String literalHead() {
      String head = text.endsWith("/**") ? text.substring(0, text.length() - 3) : text;
      for (int i = 0; i < head.length(); i++) {
        if ("*[]?^\\".indexOf(head.charAt(i)) >= 0) {
          return null;
        }
      }
      return head;
    }

    boolean matches(String path) {
      if (literal) {
        return path.equals(text);
      }
      int n = items.size();
      boolean[] states = new boolean[n + 1];
      reach(states, 0);
      int i = 0;
      while (i < path.length()) {
        int c = path.codePointAt(i);
        i += Character.charCount(c);
        boolean[] next = new boolean[n + 1];
        boolean any = false;
        for (int s = 0; s < n; s++) {
          if (!states[s] || !items.get(s).takes(c)) {
            continue;
          }
          any = true;
          switch (items.get(s).kind()) {
            case MANY, ALL -> reach(next, s);
            case FOLDERS -> {
              next[s] = true;
              if (c == '/') {
                reach(next, s + 1);
              }
            }
            case LITERAL, SET, ONE -> reach(next, s + 1);
          }
        }
        if (!any) {
          return false;
        }
        states = next;
      }
      return states[n];
    }

    private void reach(boolean[] states, int from) {
      int s = from;
      while (s < items.size()) {
        states[s] = true;
        Kind kind = items.get(s).kind();
        if (kind != Kind.MANY && kind != Kind.ALL && kind != Kind.FOLDERS) {
          return;
        }
        s++;
      }
      states[s] = true;
    }
  }
}
