package dev.gatehouse.solver.store;

import dev.gatehouse.solver.core.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/** A counted handle of an immutable record. */
final class ImmutableHandle implements ImmutableReference {
  final References references;
  final Record record;
  final LayerProviders providers;
  private final AtomicBoolean closed = new AtomicBoolean();

  ImmutableHandle(References references, Record record, LayerProviders providers) {
    this.references = references;
    this.record = record;
    this.providers = providers;
  }

  void checkOpen() {
    if (closed.get()) {
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
  public ImmutableReference share() {
    checkOpen();
    return references.open(record, providers);
  }

  @Override
  public ImmutableReference share(LayerProvider provider) {
    checkOpen();
    return references.open(record, LayerProviders.any(provider).with(providers));
  }

  @Override
  public boolean isLazy() {
    return references.materializer.isLazy(record);
  }

  @Override
  public void materialize() throws IOException, InterruptedException {
    checkOpen();
    references.materializer.ready(record, providers);
  }

  @Override
  public List<ImmutableReference> layers() {
    checkOpen();
    List<ImmutableReference> list = new ArrayList<>();
    for (Record r : record.layers()) {
      list.add(references.open(r, providers));
    }
    return list;
  }

  @Override
  public Optional<ImmutableReference> parent() {
    checkOpen();
    return record.kind == Record.Kind.LAYER && !record.parents.isEmpty()
        ? Optional.of(references.open(record.parents.getFirst(), providers))
        : Optional.empty();
  }

  @Override
  public Optional<LayerInfo> blob() {
    List<LayerInfo> all = record.blobs;
    return all.isEmpty() ? Optional.empty() : Optional.of(all.getFirst());
  }

  @Override
  public List<LayerInfo> blobs() {
    return record.blobs;
  }

  @Override
  public void addBlob(LayerInfo blob) {
    checkOpen();
    references.recordBlob(record, blob);
  }

  @Override
  public Optional<LayerProvider> provider() {
    return providers.of(record.id);
  }

  @Override
  public LayerInfo fetchBlob() throws IOException, InterruptedException {
    checkOpen();
    return references.materializer.fetch(record, providers);
  }

  @Override
  public Optional<OverlayLayer> overlayLayer() throws IOException, InterruptedException {
    checkOpen();
    references.materializer.ready(record, providers);
    return references.materializer.overlayLayer(record);
  }

  @Override
  public Optional<Digest> chainId() {
    Digest chain = null;
    for (Record r : record.layers()) {
      List<LayerInfo> blobs = r.blobs;
      if (blobs.isEmpty()) {
        return Optional.empty();
      }
      Digest diffId = blobs.getFirst().diffId();
      chain =
          chain == null
              ? diffId
              : Digest.sha256((chain + " " + diffId).getBytes(StandardCharsets.UTF_8));
    }
    return Optional.ofNullable(chain);
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      references.release(record);
    }
  }

  @Override
  public String toString() {
    return "reference " + record.id;
  }
}
