package dev.gatehouse.solver.store;

import java.io.IOException;
import java.time.Instant;
import java.util.Optional;

/**
 * A handle of a file tree in the store. Each handle is closed by whoever received it; a tree with
 * an open handle is in use and is not collected.
 */
public sealed interface Reference extends AutoCloseable
    permits ImmutableReference, ActiveReference {
  /** The record's id: equal for all handles of it, stable across restarts. */
  String id();

  String description();

  RecordType recordType();

  Instant createdAt();

  /**
   * The mounts that show the tree. Lazy layers are fetched and unpacked now.
   *
   * @throws StoreException NO_PROVIDER, NO_SPACE, CORRUPT
   */
  MountSet mount(boolean readonly) throws IOException, InterruptedException;

  /**
   * Shows the tree at a path of this host. Read-only shows of one immutable reference share a
   * mount, which lingers for a moment after the last is closed.
   */
  LocalMount localMount(boolean readonly) throws IOException, InterruptedException;

  /** A small value kept with the record, across restarts. */
  Optional<byte[]> metadata(String key);

  /** Sets a value; an empty array removes it. */
  void setMetadata(String key, byte[] value);

  void setDescription(String description);

  void setRecordType(RecordType type);

  /** Bytes on disk that belong to this record alone; computed once for an immutable one. */
  long size() throws IOException, InterruptedException;

  @Override
  void close();
}
