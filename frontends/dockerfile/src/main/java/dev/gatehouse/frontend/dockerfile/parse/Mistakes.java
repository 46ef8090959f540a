package dev.gatehouse.frontend.dockerfile.parse;

import java.util.ArrayList;
import java.util.List;

/**
 * Collects errors of a file, in the order in which they are found, so that one run tells of all.
 */
public final class Mistakes {
  private final List<DockerfileException> errors = new ArrayList<>();

  /** A collector without errors. */
  public Mistakes() {}

  /** Adds an error and those that it was thrown with. */
  public void add(DockerfileException error) {
    errors.add(error.withOthers(List.of()));
    errors.addAll(error.others());
  }

  /** Whether nothing was wrong so far. */
  public boolean isEmpty() {
    return errors.isEmpty();
  }

  /** Whether there are so many that nobody needs more. */
  public boolean isFull() {
    return errors.size() >= DockerfileException.MAX_ERRORS;
  }

  /**
   * Throws the first with the others behind it.
   *
   * @throws DockerfileException if there is one
   */
  public void throwFirst() throws DockerfileException {
    if (!errors.isEmpty()) {
      int end = Math.min(errors.size(), DockerfileException.MAX_ERRORS);
      throw errors.get(0).withOthers(errors.subList(1, end));
    }
  }
}
