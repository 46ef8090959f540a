package dev.gatehouse.solver.worker;

import dev.gatehouse.solver.core.VertexProgress;
import dev.gatehouse.solver.store.LayerProvider;
import dev.gatehouse.solver.worker.session.SessionGroup;

/** Knows how layers are fetched again by where they came from ({@code LayerInfo.source}). */
@FunctionalInterface
public interface LayerSource {
  /** A provider that uses the credentials of these clients, as long as any of them is there. */
  LayerProvider provider(SessionGroup sessions, VertexProgress progress);
}
