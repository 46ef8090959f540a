package dev.gatehouse.solver.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What is kept with a record while it lives: metadata, description, blobs, size, the numbers of its
 * snapshots. Each change goes to the graph and to the row.
 */
final class RecordValues {
  /** Longer metadata is read from its row when asked for. */
  private static final int LARGE = 4096;

  private final RecordGraph graph;
  private final ReentrantLock lock;
  private final SqliteDatabase database;
  private final RecordTable table;

  RecordValues(RecordGraph graph, SqliteDatabase database, RecordTable table) {
    this.graph = graph;
    lock = graph.lock;
    this.database = database;
    this.table = table;
  }

  private static boolean hasRow(Record r) {
    return !r.mutable || r.retained;
  }

  Optional<byte[]> metadata(Record r, String key) {
    lock.lock();
    try {
      byte[] v = r.metadata.get(key);
      if (v != null) {
        return Optional.of(v.clone());
      }
      if (!hasRow(r)) {
        return Optional.empty();
      }
    } finally {
      lock.unlock();
    }
    return table.largeMetadata(database, r.id, key);
  }

  void setMetadata(Record r, String key, byte[] value) {
    CompletableFuture<Boolean> written = null;
    lock.lock();
    try {
      graph.metadata().remove(r, key, r.metadata.remove(key));
      boolean large = value.length > LARGE && hasRow(r);
      if (value.length > 0 && !large) {
        byte[] copy = value.clone();
        r.metadata.put(key, copy);
        graph.metadata().add(r, key, copy);
      }
      if (hasRow(r)) {
        if (large) {
          written = database.submit(table.metadata(r.id, key, value));
        } else {
          database.writeLater(table.metadata(r.id, key, value));
        }
      }
    } finally {
      lock.unlock();
    }
    if (written != null) {
      database.await(written);
    }
  }

  void describe(Record r, String description, RecordType type) {
    lock.lock();
    try {
      r.description = description;
      r.type = type;
      if (hasRow(r)) {
        database.writeLater(table.describe(r.id, description, type));
      }
    } finally {
      lock.unlock();
    }
  }

  void addBlob(Record r, LayerInfo blob) {
    lock.lock();
    try {
      if (!r.isOneLayer()) {
        throw new IllegalArgumentException("reference " + r.id + " is not one layer");
      }
      if (r.blobs.stream().noneMatch(b -> b.digest().equals(blob.digest()))) {
        graph.addBlob(r, blob);
        database.writeLater(table.blob(r.id, r.blobs.size() - 1, blob));
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Takes the newest offer of a layer first as long as the layer is not unpacked: an earlier one,
   * such as a cache's, may have been wrong or gone since.
   */
  void offer(Record r, LayerInfo blob) {
    lock.lock();
    try {
      if (r.snapshot != 0) {
        addBlob(r, blob);
        return;
      }
      LayerInfo first = r.blobs.getFirst();
      if (first.digest().equals(blob.digest())
          && first.size() == blob.size()
          && first.source().equals(blob.source())) {
        return;
      }
      graph.putBlobFirst(r, blob);
      for (int i = 0; i < r.blobs.size(); i++) {
        database.writeLater(table.blob(r.id, i, r.blobs.get(i)));
      }
    } finally {
      lock.unlock();
    }
  }

  /** Whether a tree stays on disk when its writer closes it: it has a row as long as it does. */
  void setRetained(Record r, boolean retained) {
    lock.lock();
    try {
      if (r.retained == retained) {
        return;
      }
      r.retained = retained;
      database.writeLater(retained ? table.insert(r) : table.delete(r.id));
    } finally {
      lock.unlock();
    }
  }

  /**
   * Records the snapshot of a lazy record, which now has one. Only what has a row is shown to
   * others: when the row cannot be written, the snapshot is thrown away again.
   */
  void materialized(Record r, long snapshot, long flat) throws IOException {
    try {
      database.write(table.snapshot(r.id, snapshot, flat, r.prepared));
    } catch (UncheckedIOException e) {
      throw StoreException.unwrap(e);
    }
    lock.lock();
    try {
      r.snapshot = snapshot;
      r.flat = flat;
      r.size = -1;
    } finally {
      lock.unlock();
    }
  }

  /** Records that a snapshot has what it starts with. */
  void prepared(Record r) {
    lock.lock();
    try {
      r.prepared = true;
      if (hasRow(r) && !r.dead) {
        database.writeLater(table.snapshot(r.id, r.snapshot, r.flat, true));
      }
    } finally {
      lock.unlock();
    }
  }

  /** What measures a record on disk. */
  interface Measure {
    long of(Record r) throws IOException, InterruptedException;
  }

  /** The size of a record: measured once, unless somebody may have written to it meanwhile. */
  long size(Record r, Measure measure) throws IOException, InterruptedException {
    int before;
    lock.lock();
    try {
      if (r.size >= 0) {
        return r.size;
      }
      before = r.usageCount;
    } finally {
      lock.unlock();
    }
    long size = measure.of(r);
    lock.lock();
    try {
      boolean fixed = !r.mutable || (r.handles == 0 && r.usageCount == before);
      if (fixed && !r.dead) {
        r.size = size;
        if (hasRow(r)) {
          database.writeLater(table.size(r.id, size));
        }
      }
    } finally {
      lock.unlock();
    }
    return size;
  }

  /** The size of a record by id; 0 when it is gone. */
  long sizeOf(String id, Measure measure) throws IOException, InterruptedException {
    Record r;
    lock.lock();
    try {
      r = graph.get(id);
      if (r == null || (r.mutable && r.handles > 0)) {
        return 0;
      }
      r.measured++; // Not collected meanwhile, but whoever wants to write to it may.
    } finally {
      lock.unlock();
    }
    try {
      return size(r, measure);
    } finally {
      lock.lock();
      try {
        r.measured--;
      } finally {
        lock.unlock();
      }
    }
  }

  /** Queues the times of use that changed since the last call. */
  void flushUses() {
    lock.lock();
    try {
      for (Record r : graph.takeTouched()) {
        if (hasRow(r) && !r.dead) {
          database.writeLater(
              table.use(r.id, r.lastUsedAt.map(Instant::toEpochMilli).orElse(0L), r.usageCount));
        }
      }
    } finally {
      lock.unlock();
    }
  }
}
