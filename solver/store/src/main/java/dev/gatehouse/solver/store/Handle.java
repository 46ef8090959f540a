package dev.gatehouse.solver.store;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/** What handles of both kinds do alike: one use of a record, ended once. */
abstract sealed class Handle permits ActiveHandle, ImmutableHandle {
  final References references;
  final Record record;
  final LayerProviders providers;
  private final AtomicBoolean closed = new AtomicBoolean();

  Handle(References references, Record record, LayerProviders providers) {
    this.references = references;
    this.record = record;
    this.providers = providers;
  }

  final void checkOpen() {
    if (closed.get()) {
      throw new IllegalStateException("closed handle of reference " + record.id);
    }
  }

  /** Takes the use over from this handle: closing it does nothing any more. */
  final boolean end() {
    return closed.compareAndSet(false, true);
  }

  public final String id() {
    return record.id;
  }

  public final String description() {
    return record.description;
  }

  public final RecordType recordType() {
    return record.type;
  }

  public final Instant createdAt() {
    return record.createdAt;
  }

  /** The mounts of the record, which hold it until closed. */
  public final MountSet mount(boolean readonly) throws IOException, InterruptedException {
    checkOpen();
    references.materializer.ready(record, providers);
    List<Mount> mounts = references.materializer.mounts(record, readonly);
    references.removal.hold(record);
    AtomicBoolean released = new AtomicBoolean();
    return new MountSet() {
      @Override
      public List<Mount> mounts() {
        return mounts;
      }

      @Override
      public void close() {
        if (released.compareAndSet(false, true)) {
          references.removal.release(record);
        }
      }
    };
  }

  public final LocalMount localMount(boolean readonly) throws IOException, InterruptedException {
    checkOpen();
    references.materializer.ready(record, providers);
    return references.materializer.show(record, readonly);
  }

  public final Optional<byte[]> metadata(String key) {
    return references.values.metadata(record, key);
  }

  public final void setMetadata(String key, byte[] value) {
    checkOpen();
    references.values.setMetadata(record, key, value);
  }

  public final void setDescription(String description) {
    checkOpen();
    references.values.describe(record, description, record.type);
  }

  public final void setRecordType(RecordType type) {
    checkOpen();
    references.values.describe(record, record.description, type);
  }

  public final long size() throws IOException, InterruptedException {
    checkOpen();
    return references.values.size(record, references.materializer::size);
  }

  /** A handle of the record that this one is a layer upon. */
  public final Optional<ImmutableReference> parent() {
    checkOpen();
    return record.kind == Record.Kind.LAYER && !record.parents.isEmpty()
        ? Optional.of(references.open(record.parents.getFirst(), providers))
        : Optional.empty();
  }

  public final void close() {
    if (end()) {
      references.removal.release(record);
    }
  }
}
