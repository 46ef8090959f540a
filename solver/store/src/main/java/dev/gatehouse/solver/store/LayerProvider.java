package dev.gatehouse.solver.store;

import java.io.IOException;

/** Brings the blob of a layer into the content store: from a registry, a layout, a peer. */
@FunctionalInterface
public interface LayerProvider {
  /**
   * Ingests the blob; returns when it is there. Called once at a time for a layer, from a virtual
   * thread of whoever needs it first.
   */
  void fetch(LayerInfo layer, ContentStore content) throws IOException, InterruptedException;
}
