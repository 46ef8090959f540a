package dev.gatehouse.frontend.dockerfile.parse;

import java.util.Collection;
import java.util.Locale;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Near names for a name that is not known.
 *
 * <p>The distance counts inserted, deleted and replaced characters and has to be under 3, as in
 * BuildKit. Of several names at the same distance the first in sorted order is taken, so that a
 * message does not change from run to run.
 */
public final class Suggestion {
  private static final int LIMIT = 3;

  private Suggestion() {}

  /** The name nearest to a value; null if none is near, or if the value is one of the names. */
  public static @Nullable String nearest(
      String value, Collection<String> names, boolean caseSensitive) {
    String wanted = caseSensitive ? value : lower(value);
    String best = null;
    int least = LIMIT;
    for (String name : new TreeSet<>(names)) {
      String candidate = caseSensitive ? name : lower(name);
      if (candidate.equals(wanted)) {
        return null;
      }
      int distance = distance(wanted, candidate, least);
      if (distance < least) {
        least = distance;
        best = caseSensitive ? candidate : withCaseOf(value, candidate);
      }
    }
    return best == null || best.isEmpty() ? null : best;
  }

  /** An error with {@code (did you mean NAME?)} behind its message, if there is a near name. */
  public static DockerfileException suggest(
      DockerfileException error, String value, Collection<String> names, boolean caseSensitive) {
    String nearest = nearest(value, names, caseSensitive);
    return nearest == null
        ? error
        : error.withMessage(error.getMessage() + " (did you mean " + nearest + "?)");
  }

  private static String withCaseOf(String value, String name) {
    if (value.equals(lower(value))) {
      return lower(name);
    }
    return value.equals(value.toUpperCase(Locale.ROOT)) ? name.toUpperCase(Locale.ROOT) : name;
  }

  private static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }

  /** Levenshtein's distance, or {@code limit} if it is not under it. */
  private static int distance(String a, String b, int limit) {
    int[] x = a.codePoints().toArray();
    int[] y = b.codePoints().toArray();
    if (Math.abs(x.length - y.length) >= limit) {
      return limit;
    }
    int[] row = new int[y.length + 1];
    for (int j = 0; j <= y.length; j++) {
      row[j] = j;
    }
    for (int i = 1; i <= x.length; i++) {
      int diagonal = row[0];
      row[0] = i;
      int least = i;
      for (int j = 1; j <= y.length; j++) {
        int above = row[j];
        int cost = x[i - 1] == y[j - 1] ? diagonal : diagonal + 1;
        row[j] = Math.min(cost, Math.min(above, row[j - 1]) + 1);
        diagonal = above;
        least = Math.min(least, row[j]);
      }
      if (least >= limit) {
        return limit;
      }
    }
    return Math.min(row[y.length], limit);
  }
}
