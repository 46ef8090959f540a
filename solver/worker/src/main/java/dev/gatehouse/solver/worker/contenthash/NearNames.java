package dev.gatehouse.solver.worker.contenthash;

import java.util.Collection;
import java.util.Optional;

/** Finds the name that was perhaps meant. */
final class NearNames {
  private static final int MAX_LENGTH = 255;

  private NearNames() {}

  /** The name that differs least from the wanted one, if it differs little. */
  static Optional<String> nearest(String wanted, Collection<String> names) {
    int best = Math.min(Math.max(2, wanted.length() / 3) + 1, wanted.length());
    String found = null;
    for (String name : names) {
      int distance = distance(wanted, name, best);
      // The name itself is there when it is a symlink that leads to nothing.
      if (distance < best && !name.equals(wanted)) {
        best = distance;
        found = name;
      }
    }
    return Optional.ofNullable(found);
  }

  /** The number of insertions, deletions and replacements between two names, or the limit. */
  private static int distance(String a, String b, int limit) {
    if (Math.abs(a.length() - b.length()) >= limit
        || a.length() > MAX_LENGTH
        || b.length() > MAX_LENGTH) {
      return a.equalsIgnoreCase(b) ? 0 : limit;
    }
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int above = row[j];
        int same =
            Character.toLowerCase(a.charAt(i - 1)) == Character.toLowerCase(b.charAt(j - 1))
                ? 0
                : 1;
        row[j] = Math.min(Math.min(above, row[j - 1]) + 1, diagonal + same);
        diagonal = above;
      }
    }
    return row[b.length()];
  }
}
