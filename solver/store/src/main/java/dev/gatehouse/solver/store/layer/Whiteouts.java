package dev.gatehouse.solver.store.layer;

import dev.gatehouse.solver.linux.Directory;
import dev.gatehouse.solver.linux.LinuxException;
import java.util.Optional;

/** The marks of deletion in a layer's tar: OCI image specification, "Whiteouts". */
final class Whiteouts {
  /** Before the name of a deleted file. */
  static final String PREFIX = ".wh.";

  /** Before names that are marks themselves, or left by storage drivers. */
  static final String META_PREFIX = ".wh..wh.";

  /** In a directory that hides all that lower layers have in it. */
  static final String OPAQUE = ".wh..wh..opq";

  private Whiteouts() {}

  /**
   * Whether overlayfs itself would act on an attribute; such never pass between layers and disk.
   */
  static boolean isOverlayAttribute(String xattr) {
    return xattr.startsWith("trusted.") || xattr.startsWith("user.overlay.");
  }

  /**
   * Whether a directory of an overlay's layer hides those below. Overlays are mounted with
   * privileges: then only the kernel's own mark does, {@code user.overlay.opaque} may be set by
   * anybody.
   */
  static boolean isOpaque(Directory directory) throws LinuxException {
    Optional<byte[]> value = directory.xattr(".", "trusted.overlay.opaque");
    return value.isPresent() && value.get().length == 1 && value.get()[0] == 'y';
  }
}
