package dev.gatehouse.solver.store;

import java.nio.file.Path;
import java.util.List;

/**
 * One layer's changes on disk, in overlayfs' own format: character device 0/0 as whiteout, {@code
 * trusted.overlay.opaque} on directories that hide what is below.
 *
 * @param upper directory of the changes
 * @param lowers directories of the layers below, the nearest first
 */
public record OverlayLayer(Path upper, List<Path> lowers) {
  public OverlayLayer {
    lowers = List.copyOf(lowers);
  }
}
