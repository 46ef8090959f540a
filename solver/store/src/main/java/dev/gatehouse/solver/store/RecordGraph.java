package dev.gatehouse.solver.store;

import dev.gatehouse.solver.core.Digest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * All records in memory, and what finds them: id, chain of layers, metadata. Nothing here reads or
 * writes a file.
 *
 * <p>Whoever changes a record does so under {@link #lock} and queues its row there, so that rows
 * come in the order of the changes; it waits for the row outside of the lock. All methods are
 * called under the lock.
 */
final class RecordGraph {
  final ReentrantLock lock = new ReentrantLock();

  private final Map<String, Record> records = new HashMap<>();
  private final Map<String, Record> byChain = new HashMap<>();
  private final MetadataIndex metadata = new MetadataIndex();

  /** Used since the times of use were written last. */
  private final Set<Record> touched = new HashSet<>();

  @Nullable Record get(String id) {
    return records.get(id);
  }

  Collection<Record> all() {
    return records.values();
  }

  MetadataIndex metadata() {
    return metadata;
  }

  /** The record of a layer upon a parent, if there is one. */
  @Nullable Record layer(@Nullable Record parent, Digest diffId) {
    return byChain.get((parent == null ? "" : parent.id) + "|" + diffId);
  }

  private static String chainKey(Record r, Digest diffId) {
    return (r.kind != Record.Kind.LAYER || r.parents.isEmpty() ? "" : r.parents.getFirst().id)
        + "|"
        + diffId;
  }

  void add(Record r) {
    records.put(r.id, r);
    for (Record p : r.parents) {
      p.children++;
    }
    r.blobs.forEach(b -> byChain.putIfAbsent(chainKey(r, b.diffId()), r));
    metadata.add(r);
  }

  /** Adds a blob to a record, and finds the record by it from now on. */
  void addBlob(Record r, LayerInfo blob) {
    List<LayerInfo> all = new ArrayList<>(r.blobs);
    all.add(blob);
    r.blobs = List.copyOf(all);
    byChain.putIfAbsent(chainKey(r, blob.diffId()), r);
  }

  /** Puts a blob before the others of a record, in the place of what was known of it. */
  void putBlobFirst(Record r, LayerInfo blob) {
    List<LayerInfo> all = new ArrayList<>(r.blobs);
    all.removeIf(b -> b.digest().equals(blob.digest()));
    all.addFirst(blob);
    r.blobs = List.copyOf(all);
  }

  void remove(Record r) {
    r.dead = true;
    records.remove(r.id, r);
    for (Record p : r.parents) {
      p.children--;
    }
    r.blobs.forEach(b -> byChain.remove(chainKey(r, b.diffId()), r));
    metadata.remove(r);
    touched.remove(r);
  }

  /** Counts a use; the time is written with the next checkpoint. */
  void touch(Record r) {
    r.usageCount++;
    r.lastUsedAt = Optional.of(Instant.now());
    touched.add(r);
  }

  /** Notes the time of the end of a use. */
  void untouch(Record r) {
    r.lastUsedAt = Optional.of(Instant.now());
    touched.add(r);
  }

  /** The records used since the last call. */
  List<Record> takeTouched() {
    List<Record> list = List.copyOf(touched);
    touched.clear();
    return list;
  }
}
