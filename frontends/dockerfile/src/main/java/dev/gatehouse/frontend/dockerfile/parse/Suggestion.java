package dev.gatehouse.frontend.dockerfile.parse;

import dev.gatehouse.frontend.kit.NearNames;
import java.util.Collection;
import java.util.TreeSet;

/**
 * Near names in errors. Of several equally near ones the first in sorted order is taken, so that a
 * message stays the same.
 */
public final class Suggestion {
  private Suggestion() {}

  /** An error with {@code (did you mean NAME?)} behind its message, if there is a near name. */
  public static DockerfileException suggest(
      DockerfileException error, String value, Collection<String> names, boolean caseSensitive) {
    return NearNames.find(value, new TreeSet<>(names), caseSensitive)
        .map(name -> error.withMessage(error.getMessage() + " (did you mean " + name + "?)"))
        .orElse(error);
  }
}
