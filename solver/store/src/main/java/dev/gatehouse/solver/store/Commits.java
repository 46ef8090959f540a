package dev.gatehouse.solver.store;

import java.io.IOException;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;

/**
 * How a tree that was written becomes immutable: its record is replaced by one of the same id, or,
 * for a tree that is kept, gets a twin that shows it; and how twins part.
 */
final class Commits {
  private final References references;
  private final RecordGraph graph;

  Commits(References references) {
    this.references = references;
    graph = references.graph;
  }

  private static Record immutable(String id, Record active, Instant createdAt) {
    Record r =
        new Record(
            id,
            Record.Kind.LAYER,
            false,
            active.parents,
            false,
            createdAt,
            active.description,
            active.type);
    r.snapshot = active.snapshot;
    r.prepared = active.prepared;
    return r;
  }

  /** Makes an active record's tree immutable, and returns a handle that replaces the active one. */
  ImmutableReference commit(Record active, LayerProviders providers) throws IOException {
    CompletableFuture<Boolean> written;
    ImmutableHandle handle;
    Record r;
    try {
      references.materializer.forgetWork(active);
    } catch (IOException e) {
      references.removal.undo(active);
      throw e;
    }
    graph.lock.lock();
    try {
      r = immutable(active.id, active, active.createdAt);
      r.metadata.putAll(active.metadata);
      r.usageCount = active.usageCount;
      graph.remove(active);
      graph.add(r);
      handle = references.handle(r, providers);
      written = references.database.submit(references.table.insert(r));
    } finally {
      graph.lock.unlock();
    }
    references.awaitOrUndo(written, r);
    return handle;
  }

  /** Gives a retained tree a twin that shows it. */
  ImmutableReference commitRetained(Record active) throws IOException {
    CompletableFuture<Boolean> written;
    ImmutableHandle handle;
    graph.lock.lock();
    try {
      Record r = immutable(Record.newId(), active, References.now());
      r.equalMutable = active;
      active.equalImmutable = r;
      active.handles--;
      graph.add(r);
      handle = references.handle(r, LayerProviders.NONE);
      written = references.database.submit(references.table.insert(r));
    } finally {
      graph.lock.unlock();
    }
    return references.awaitOrClose(written, handle);
  }

  /** Parts an immutable record from its mutable twin, which ends: something is built upon it. */
  void part(Record r) {
    Record m = r.equalMutable;
    if (m != null) {
      r.equalMutable = null;
      m.equalImmutable = null;
      graph.remove(m);
      // One transaction order: the tree has an owner at every instant.
      references.database.writeLater(references.table.part(r.id));
      references.database.writeLater(references.table.delete(m.id));
    }
  }
}
