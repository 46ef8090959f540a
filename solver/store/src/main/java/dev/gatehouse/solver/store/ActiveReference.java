package dev.gatehouse.solver.store;

import java.io.IOException;
import java.util.Optional;

/**
 * The only handle of a tree that is being written. Closed without commit, the tree is dropped,
 * unless it was created as retained (cache mounts, local directories): then it stays on disk under
 * its id.
 */
public non-sealed interface ActiveReference extends Reference {
  Optional<ImmutableReference> parent();

  /** Makes the tree immutable. The handle is used up: closing it afterwards does nothing. */
  ImmutableReference commit() throws IOException;

  /**
   * Shows the tree of a retained reference as an immutable one without copying. The mutable tree
   * stays, and closing this handle releases it for the next {@link ReferenceStore#mutable}, which
   * then drops the immutable record when nobody uses it and is refused while somebody does.
   * Building upon the immutable one parts them for good, and then the mutable one is gone.
   */
  ImmutableReference commitRetained() throws IOException;

  /** Keeps or drops the tree on close. */
  void setRetained(boolean retained);
}
