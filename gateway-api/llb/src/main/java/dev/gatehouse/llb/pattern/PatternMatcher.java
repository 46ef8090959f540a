package dev.gatehouse.llb.pattern;

import dev.gatehouse.llb.SlashPath;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Matches paths against patterns in order, of which the last that matches decides: {@code !} before
 * a pattern makes it an exception. A pattern that matches a folder matches what is in it.
 *
 * <p>Paths are relative, with slashes. Safe for several threads. Source: moby's {@code
 * patternmatcher}.
 */
public final class PatternMatcher {
  private record Pattern(Glob glob, String text, boolean exception) {}

  private final List<Pattern> patterns = new ArrayList<>();
  private final boolean exceptions;

  /**
   * A matcher of patterns in order; blank ones are passed over.
   *
   * @throws IllegalArgumentException if one of them cannot be read
   */
  public PatternMatcher(List<String> patterns) {
    boolean any = false;
    for (String each : patterns) {
      String text = each.strip();
      if (text.isEmpty()) {
        continue;
      }
      text = SlashPath.clean(text);
      boolean exception = text.startsWith("!");
      if (exception) {
        if (text.length() == 1) {
          throw new IllegalArgumentException("illegal exclusion pattern: \"!\"");
        }
        text = text.substring(1);
        any = true;
      }
      this.patterns.add(new Pattern(Glob.crossing(text), text, exception));
    }
    exceptions = any;
  }

  /** Whether one of the patterns begins with {@code !}. */
  public boolean hasExceptions() {
    return exceptions;
  }

  /** Whether there are no patterns. */
  public boolean isEmpty() {
    return patterns.isEmpty();
  }

  /** Whether a pattern that is no exception matches every entry of the root. */
  public boolean matchesRootEntries() {
    return patterns.stream()
        .anyMatch(p ->
            !p.exception && (p.text.equals("*") || p.text.equals("**") || p.text.equals("**/*")));
  }

  /** Whether the path, or a folder that it is in, is matched. */
  public boolean matches(String path) {
    return match(path, null).matched();
  }

  /**
   * Matches a path on a walk, where the folder that it is in was matched before.
   *
   * @param parent what came of that folder; null at the top of the walk
   */
  public Match match(String path, @Nullable Match parent) {
    boolean matched = false;
    BitSet hits = new BitSet(patterns.size());
    for (int i = 0; i < patterns.size(); i++) {
      Pattern pattern = patterns.get(i);
      boolean hit = parent != null && parent.hits.get(i);
      if (!hit) {
        if (pattern.exception != matched) {
          continue;
        }
        hit = pattern.glob.matches(path) || parent == null && matchesFolderOf(pattern, path);
      }
      hits.set(i, hit);
      if (hit) {
        matched = !pattern.exception;
      }
    }
    return new Match(matched, hits);
  }

  private static boolean matchesFolderOf(Pattern pattern, String path) {
    for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
      if (slash > 0 && pattern.glob.matches(path.substring(0, slash))) {
        return true;
      }
    }
    return false;
  }

  /**
   * Whether something below a folder may be matched by a pattern although the folder is not, judged
   * by the folder's own names. Errs on the side of yes; a walk skips folders where it is no.
   */
  public boolean mayMatchBelow(String folder) {
    String[] names = folder.split("/", -1);
    for (Pattern pattern : patterns) {
      if (!pattern.exception && mayMatchBelow(pattern.text, names)) {
        return true;
      }
    }
    return false;
  }

  private static boolean mayMatchBelow(String pattern, String[] names) {
    String[] parts = pattern.split("/", -1);
    for (int i = 0; i < names.length; i++) {
      if (i >= parts.length || parts[i].contains("**")) {
        return true;
      }
      if (!Glob.within(parts[i]).matches(names[i])) {
        return false;
      }
    }
    return true;
  }

  /** What came of one path: whether it is matched, and by which patterns. */
  public static final class Match {
    private final boolean matched;
    private final BitSet hits;

    private Match(boolean matched, BitSet hits) {
      this.matched = matched;
      this.hits = hits;
    }

    public boolean matched() {
      return matched;
    }
  }
}
