package dev.gatehouse.client.session;

import dev.gatehouse.llb.pattern.Glob;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Include or exclude patterns with the meaning of {@code .dockerignore}: the last {@link Glob} that
 * matches a path or a directory it is in decides, {@code !} in front means the opposite. A sender
 * also asks which directories it may leave out.
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
      patterns.add(new Pattern(Glob.crossing(p), p, exception));
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

  private record Pattern(Glob glob, String text, boolean exception) {
    boolean matches(String path) {
      return glob.matches(path);
    }

    /**
     * The pattern without a {@code **} at its end, or null when a special character is left in it.
     */
    @Nullable String literalHead() {
      String head = text.endsWith("/**") ? text.substring(0, text.length() - 3) : text;
      for (int i = 0; i < head.length(); i++) {
        if ("*[]?^\\".indexOf(head.charAt(i)) >= 0) {
          return null;
        }
      }
      return head;
    }
  }
}
