package dev.gatehouse.frontend.kit;

import java.util.Collection;
import java.util.Locale;
import java.util.Optional;

/** Finds the name that was meant by one that is not known. */
public final class NearNames {
  /** Names at least this many edits away are no suggestion. */
  private static final int FAR = 3;

  private NearNames() {}

  /**
   * The nearest of the options, if one is near and the value is none of them.
   *
   * @param options in order; of equally near ones the first is taken
   */
  public static Optional<String> find(
      String value, Collection<String> options, boolean caseSensitive) {
    String wanted = caseSensitive ? value : value.toLowerCase(Locale.ROOT);
    String match = "";
    int nearest = FAR;
    for (String option : options) {
      String candidate = caseSensitive ? option : option.toLowerCase(Locale.ROOT);
      if (candidate.equals(wanted)) {
        return Optional.empty();
      }
      int distance = distance(wanted, candidate, nearest);
      if (distance < nearest) {
        match = caseSensitive ? candidate : inCaseOf(candidate, value);
        nearest = distance;
      }
    }
    return match.isEmpty() ? Optional.empty() : Optional.of(match);
  }

  /** The message with the nearest of the options behind it, if there is one. */
  public static String suggest(
      String message, String value, Collection<String> options, boolean caseSensitive) {
    return find(value, options, caseSensitive)
        .map(match -> message + " (did you mean " + match + "?)")
        .orElse(message);
  }

  private static String inCaseOf(String text, String original) {
    if (original.equals(original.toLowerCase(Locale.ROOT))) {
      return text.toLowerCase(Locale.ROOT);
    }
    if (original.equals(original.toUpperCase(Locale.ROOT))) {
      return text.toUpperCase(Locale.ROOT);
    }
    return text;
  }

  /** Edits that make one of the other, or some number that is not below the limit. */
  private static int distance(String from, String to, int limit) {
    int[] a = from.codePoints().toArray();
    int[] b = to.codePoints().toArray();
    if (Math.abs(a.length - b.length) >= limit) {
      return limit;
    }
    int[] previous = new int[b.length + 1];
    int[] current = new int[b.length + 1];
    for (int j = 0; j <= b.length; j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= a.length; i++) {
      current[0] = i;
      int best = i;
      for (int j = 1; j <= b.length; j++) {
        int change = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
        current[j] = Math.min(change, Math.min(previous[j], current[j - 1]) + 1);
        best = Math.min(best, current[j]);
      }
      if (best >= limit) {
        return limit;
      }
      int[] swap = previous;
      previous = current;
      current = swap;
    }
    return previous[b.length];
  }
}
