package dev.gatehouse.solver.store;

import dev.gatehouse.solver.core.Digest;

/**
 * Keeps blobs and records from collection. A temporary lease ends when closed and with the process;
 * a persistent one is kept by name until deleted.
 */
public interface Lease extends AutoCloseable {
  String id();

  void add(Digest blob);

  void addReference(String referenceId);

  /** Ends a temporary lease; a persistent one stays until {@link Store#deleteLease}. */
  @Override
  void close();
}
