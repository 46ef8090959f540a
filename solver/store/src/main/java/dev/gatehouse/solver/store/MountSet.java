package dev.gatehouse.solver.store;

import java.util.List;

/**
 * The mounts that show a reference, one over the other at one target; valid until closed. It holds
 * the reference while open.
 */
public interface MountSet extends AutoCloseable {
  List<Mount> mounts();

  @Override
  void close();
}
