package dev.gatehouse.solver.store;

import dev.gatehouse.solver.linux.ReadableRoot;
import java.nio.file.Path;
import java.util.Optional;

/**
 * An immutable reference open for reading by this process until closed, without mount(2): its
 * layers are read as an overlay of them would show them. What lies there was made by strangers; the
 * root lets no path outside.
 */
public interface LocalTree extends AutoCloseable {
  ReadableRoot root();

  /** The directory that the tree is, where it is not laid together of several. */
  Optional<Path> directory();

  @Override
  void close();
}
