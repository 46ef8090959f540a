package dev.gatehouse.solver.worker.contenthash;

import dev.gatehouse.solver.store.ImmutableReference;
import java.util.List;

/**
 * Knows more of where a tree came from than the tree holds: of a client's folder only what a build
 * needs was received, so the names near a missing one are not in it.
 */
@FunctionalInterface
public interface Origin {
  /** Knows nothing. */
  Origin UNKNOWN = (tree, directory) -> List.of();

  /**
   * The names that the origin has in a directory; none where it is not known or does not answer
   * soon.
   *
   * @param directory absolute within the tree
   */
  List<String> names(ImmutableReference tree, String directory) throws InterruptedException;
}
