package dev.gatehouse.solver.store;

import dev.gatehouse.solver.core.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A counted handle of an immutable record. */
final class ImmutableHandle extends Handle implements ImmutableReference {
  ImmutableHandle(References references, Record record, LayerProviders providers) {
    super(references, record, providers);
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
  public LocalTree read() throws IOException, InterruptedException {
    checkOpen();
    references.materializer.ready(record, providers);
    return references.materializer.read(record);
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
    references.values.addBlob(record, blob);
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
  public String toString() {
    return "reference " + record.id;
  }
}
