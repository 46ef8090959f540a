package dev.gatehouse.solver.store;

import java.util.Objects;

/**
 * How to open a store.
 *
 * @param snapshotter how trees lie on disk
 */
public record StoreOptions(Snapshotter snapshotter) {
  /** How trees lie on disk. */
  public enum Snapshotter {
    /** Overlay where the file system carries it, else native. */
    AUTO,
    /** Layers of differences, shown by overlayfs. */
    OVERLAY,
    /** Whole copies, sharing blocks where the file system can. */
    NATIVE;

    /** The snapshotter of buildkitd.toml's word: auto, overlayfs, native. */
    public static Snapshotter of(String word) {
      return switch (word) {
        case "", "auto" -> AUTO;
        case "overlay", "overlayfs" -> OVERLAY;
        case "native" -> NATIVE;
        default ->
            throw new IllegalArgumentException(
                "unknown snapshotter \"" + word + "\": known are auto, overlayfs and native");
      };
    }
  }

  public StoreOptions {
    Objects.requireNonNull(snapshotter);
  }

  public static StoreOptions defaults() {
    return new StoreOptions(Snapshotter.AUTO);
  }
}
