package dev.gatehouse.solver.worker.file;

import dev.gatehouse.solver.linux.RootDirectory;
import dev.gatehouse.solver.store.ActiveReference;
import dev.gatehouse.solver.store.ImmutableReference;
import dev.gatehouse.solver.store.LocalMount;
import dev.gatehouse.solver.store.ReferenceOptions;
import dev.gatehouse.solver.store.ReferenceStore;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A tree shown and opened as a root, for reading or writing. */
final class Tree implements AutoCloseable {
  private final @Nullable ActiveReference active;
  private final LocalMount mount;
  private final RootDirectory root;

  private Tree(@Nullable ActiveReference active, LocalMount mount) throws IOException {
    this.active = active;
    this.mount = mount;
    boolean opened = false;
    try {
      root = RootDirectory.open(mount.path());
      opened = true;
    } finally {
      if (!opened) {
        mount.close();
        if (active != null) {
          active.close();
        }
      }
    }
  }

  /** Shows a tree for reading; the handle stays the caller's. */
  static Tree reading(ImmutableReference reference) throws IOException, InterruptedException {
    return new Tree(null, reference.localMount(true));
  }

  /** A new tree upon a parent. */
  static Tree writing(
      ReferenceStore references, Optional<ImmutableReference> parent, String description)
      throws IOException, InterruptedException {
    ActiveReference active = references.create(parent, ReferenceOptions.of(description));
    boolean opened = false;
    try {
      Tree tree = new Tree(active, active.localMount(false));
      opened = true;
      return tree;
    } finally {
      if (!opened) {
        active.close();
      }
    }
  }

  RootDirectory root() {
    return root;
  }

  /** Makes what was written immutable; the tree is closed. */
  ImmutableReference commit() throws IOException {
    if (active == null) {
      throw new IllegalStateException("not written");
    }
    root.close();
    mount.close();
    try (ActiveReference a = active) {
      return a.commit();
    }
  }

  @Override
  public void close() {
    root.close();
    mount.close();
    if (active != null) {
      active.close();
    }
  }
}
