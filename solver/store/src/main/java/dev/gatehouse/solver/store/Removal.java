package dev.gatehouse.solver.store;

import dev.gatehouse.solver.core.Digest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

/**
 * How records end: the last handle of a tree that was not kept, deletion by a collection, and what
 * a collection has to know. The row goes first, then the files; a killed process leaves files
 * without a row, which opening throws away.
 */
final class Removal {
  private final RecordGraph graph;
  private final ReentrantLock lock;
  private final SqliteDatabase database;
  private final RecordTable table;
  private final Snapshots snapshots;
  private final MountPoints points;

  Removal(
      RecordGraph graph,
      SqliteDatabase database,
      RecordTable table,
      Snapshots snapshots,
      MountPoints points) {
    this.graph = graph;
    lock = graph.lock;
    this.database = database;
    this.table = table;
    this.snapshots = snapshots;
    this.points = points;
  }

  // ---- handles

  /** One more use of a record, ended by {@link #release}. */
  void hold(Record r) {
    lock.lock();
    try {
      if (r.dead) {
        throw new IllegalStateException("reference " + r.id + " is gone");
      }
      r.handles++;
    } finally {
      lock.unlock();
    }
  }

  /** Ends a use; a tree that was being written and is not kept goes with its last. */
  void release(Record r) {
    boolean drop = false;
    lock.lock();
    try {
      r.handles--;
      graph.untouch(r);
      if (r.handles == 0 && r.mutable && !r.retained && !r.dead) {
        graph.remove(r);
        drop = true;
      }
    } finally {
      lock.unlock();
    }
    if (drop) {
      dropFiles(r);
    }
  }

  /** Takes back a record that was not recorded. */
  void undo(Record r) {
    lock.lock();
    try {
      graph.remove(r);
    } finally {
      lock.unlock();
    }
    dropFiles(r);
  }

  private void dropFiles(Record r) {
    dropViews(r);
    try {
      for (long n : new long[] {r.snapshot, r.flat}) {
        if (n != 0) {
          snapshots.discard(n);
        }
      }
    } catch (IOException e) {
      // They have no row any more: the next open throws them away.
      System.getLogger(Removal.class.getName())
          .log(System.Logger.Level.WARNING, "dropping snapshot of " + r.id, e);
    }
  }

  // ---- deletion

  /** Unmounts what lingers of a record. */
  void dropViews(Record r) {
    points.drop(Materializer.viewKey(r));
  }

  /**
   * Deletes a record that nobody uses; returns whether it did.
   *
   * @param kept asked at the last moment whether something else than a handle keeps the record
   */
  boolean delete(String id, Predicate<String> kept) throws IOException {
    CompletableFuture<Boolean> written;
    Record r;
    Record twin;
    lock.lock();
    try {
      r = graph.get(id);
      if (r == null || isUsed(r) || kept.test(id)) {
        return false;
      }
      if (r.mutable && r.equalImmutable != null) {
        twin = r.equalImmutable;
        if (isUsed(twin) || kept.test(twin.id)) {
          return false;
        }
        graph.remove(twin);
        database.writeLater(table.delete(twin.id));
      } else {
        twin = null;
        if (r.equalMutable != null) {
          // The tree stays the mutable one's.
          r.equalMutable.equalImmutable = null;
          r.snapshot = 0;
        }
      }
      graph.remove(r);
      written = database.submit(table.delete(r.id));
    } finally {
      lock.unlock();
    }
    try {
      database.await(written);
    } catch (UncheckedIOException e) {
      lock.lock();
      try {
        r.dead = false;
        graph.add(r);
      } finally {
        lock.unlock();
      }
      throw StoreException.unwrap(e);
    }
    if (twin != null) {
      dropViews(twin);
    }
    dropFiles(r);
    return true;
  }

  private static boolean isUsed(Record r) {
    return r.handles > 0 || r.children > 0 || r.measured > 0;
  }

  // ---- what a collection knows

  /** Records as collection sees them: those that share one tree once. */
  List<GarbageCollector.Candidate> candidates() {
    lock.lock();
    try {
      List<GarbageCollector.Candidate> list = new ArrayList<>();
      Map<Record, Boolean> used = new HashMap<>();
      Map<Record, List<Record>> children = new HashMap<>();
      for (Record r : graph.all()) {
        r.parents.forEach(p -> children.computeIfAbsent(p, k -> new ArrayList<>()).add(r));
      }
      for (Record r : graph.all()) {
        boolean duplicate =
            (r.equalImmutable != null && r.equalImmutable.handles > 0)
                || (r.equalMutable != null && r.handles == 0);
        if (!duplicate) {
          list.add(
              new GarbageCollector.Candidate(
                  new UsageRecord(
                      r.id,
                      r.mutable,
                      isUsed(r, children, used),
                      r.mutable && r.handles > 0 ? 0 : r.size,
                      r.parents.stream().map(p -> p.id).toList(),
                      r.createdAt,
                      r.lastUsedAt,
                      r.usageCount,
                      r.description,
                      r.type,
                      false),
                  r.handles > 0));
        }
      }
      return list;
    } finally {
      lock.unlock();
    }
  }

  private static boolean isUsed(
      Record start, Map<Record, List<Record>> children, Map<Record, Boolean> known) {
    // By an explicit stack: chains may be a thousand deep.
    List<Record> stack = new ArrayList<>(List.of(start));
    while (!stack.isEmpty()) {
      Record r = stack.getLast();
      if (known.containsKey(r)) {
        stack.removeLast();
        continue;
      }
      boolean used = r.handles > 0;
      boolean ready = true;
      for (Record c : children.getOrDefault(r, List.of())) {
        Boolean k = known.get(c);
        if (k == null) {
          stack.add(c);
          ready = false;
        } else {
          used |= k;
        }
      }
      if (ready || used) {
        known.put(r, used);
      }
    }
    return Boolean.TRUE.equals(known.get(start));
  }

  /** Digests of blobs that records name. */
  Set<Digest> blobs() {
    lock.lock();
    try {
      Set<Digest> set = new HashSet<>();
      for (Record r : graph.all()) {
        r.blobs.forEach(b -> set.add(b.digest()));
      }
      return set;
    } finally {
      lock.unlock();
    }
  }

  /** Open handles and mounts of all records. */
  int openHandles() {
    lock.lock();
    try {
      return graph.all().stream().mapToInt(r -> r.handles).sum();
    } finally {
      lock.unlock();
    }
  }
}
