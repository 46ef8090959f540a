package dev.gatehouse.solver.worker.file;

import dev.gatehouse.solver.linux.RootDirectory;
import dev.gatehouse.solver.store.ActiveReference;
import dev.gatehouse.solver.store.ImmutableReference;
import dev.gatehouse.solver.store.LocalMount;
import dev.gatehouse.solver.store.LocalTree;
import dev.gatehouse.solver.store.ReferenceOptions;
import dev.gatehouse.solver.store.ReferenceStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** A new tree, shown and opened as a root. */
final class Tree implements LocalTree {
  private final ActiveReference active;
  private final LocalMount mount;
  private final RootDirectory root;

  private Tree(ActiveReference active, LocalMount mount) throws IOException {
    this.active = active;
    this.mount = mount;
    boolean opened = false;
    try {
      root = RootDirectory.open(mount.path());
      opened = true;
    } finally {
      if (!opened) {
        mount.close();
        active.close();
      }
    }
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

  @Override
  public RootDirectory root() {
    return root;
  }

  @Override
  public Optional<Path> directory() {
    return Optional.of(mount.path());
  }

  /** Makes what was written immutable; the tree is closed. */
  ImmutableReference commit() throws IOException {
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
    active.close();
  }
}
