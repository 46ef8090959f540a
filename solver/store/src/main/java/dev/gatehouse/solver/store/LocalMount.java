package dev.gatehouse.solver.store;

import java.nio.file.Path;

/**
 * A reference shown at a path of this host until closed. A reference of one directory is shown in
 * place, without mount(2). A path inside it must be resolved through {@code RootDirectory}: what
 * lies there was made by strangers.
 */
public interface LocalMount extends AutoCloseable {
  Path path();

  boolean readonly();

  @Override
  void close();
}
