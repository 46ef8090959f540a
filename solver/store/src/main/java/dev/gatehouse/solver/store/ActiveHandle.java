package dev.gatehouse.solver.store;

import java.io.IOException;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/** The one handle of a record that is being written. */
final class ActiveHandle implements ActiveReference {
  private final References references;
  private final Record record;
  private final LayerProviders providers;
  private final AtomicBoolean closed = new AtomicBoolean();

  ActiveHandle(References references, Record record, LayerProviders providers) {
    this.references = references;
    this.record = record;
    this.providers = providers;
  }

  private void checkOpen() {
    if (closed.get()) {
      throw new IllegalStateException("closed handle of reference " + record.id);
    }
  }

  /** Ends this handle; mounts of the tree must be closed before. */
  private void use() {
    checkOpen();
    if (record.handles > 1) {
      throw new IllegalStateException("reference " + record.id + " is still mounted");
    }
    if (!closed.compareAndSet(false, true)) {
      throw new IllegalStateException("closed handle of reference " + record.id);
    }
  }

  @Override
  public String id() {
    return record.id;
  }

  @Override
  public String description() {
    return record.description;
  }

  @Override
  public RecordType recordType() {
    return record.type;
  }

  @Override
  public Instant createdAt() {
    return record.createdAt;
  }

  @Override
  public MountSet mount(boolean readonly) throws IOException, InterruptedException {
    checkOpen();
    return Handles.mount(references, record, providers, readonly);
  }

  @Override
  public LocalMount localMount(boolean readonly) throws IOException, InterruptedException {
    checkOpen();
    references.materializer.ready(record, providers);
    return references.materializer.show(record, readonly);
  }

  @Override
  public Optional<byte[]> metadata(String key) {
    return references.metadata(record, key);
  }

  @Override
  public void setMetadata(String key, byte[] value) {
    checkOpen();
    references.setMetadata(record, key, value);
  }

  @Override
  public void setDescription(String description) {
    checkOpen();
    references.describe(record, description, record.type);
  }

  @Override
  public void setRecordType(RecordType type) {
    checkOpen();
    references.describe(record, record.description, type);
  }

  @Override
  public long size() throws IOException, InterruptedException {
    checkOpen();
    return references.size(record);
  }

  @Override
  public Optional<ImmutableReference> parent() {
    checkOpen();
    return record.parents.isEmpty()
        ? Optional.empty()
        : Optional.of(references.open(record.parents.getFirst(), providers));
  }

  @Override
  public ImmutableReference commit() throws IOException {
    use();
    return references.commit(record, providers);
  }

  @Override
  public ImmutableReference commitRetained() throws IOException {
    if (!record.retained) {
      throw new IllegalStateException("reference " + record.id + " is not retained");
    }
    use();
    return references.commitRetained(record);
  }

  @Override
  public void setRetained(boolean retained) {
    checkOpen();
    references.setRetained(record, retained);
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      references.release(record);
    }
  }

  @Override
  public String toString() {
    return "active reference " + record.id;
  }
}
