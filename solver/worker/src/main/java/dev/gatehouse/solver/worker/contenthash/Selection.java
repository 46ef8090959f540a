package dev.gatehouse.solver.worker.contenthash;

import java.util.List;

/**
 * The part of a tree that an operation reads.
 *
 * @param path from the tree's root, with symlinks on the way to its last component followed
 * @param wildcard whether the path may hold {@code *}, {@code ?} and {@code [...]}
 * @param followLinks whether a symlink at the path stands for its target
 * @param includes patterns of what counts below the path, all if empty
 * @param excludes patterns of what does not count
 * @param required paths of which each must lead to something that counts
 */
public record Selection(
    String path,
    boolean wildcard,
    boolean followLinks,
    List<String> includes,
    List<String> excludes,
    List<String> required) {
  public Selection {
    includes = List.copyOf(includes);
    excludes = List.copyOf(excludes);
    required = List.copyOf(required);
  }

  /** A path with everything below it. */
  public static Selection of(String path, boolean followLinks) {
    return new Selection(path, false, followLinks, List.of(), List.of(), List.of());
  }

  /** Whether the selection is one path as it stands. */
  boolean isPlain() {
    return !wildcard && includes.isEmpty() && excludes.isEmpty() && required.isEmpty();
  }
}
