package dev.gatehouse.solver.worker.cache;

import dev.gatehouse.solver.core.CacheResult;
import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.core.ExecutionContext;
import dev.gatehouse.solver.core.ResultStorage;
import dev.gatehouse.solver.core.VertexProgress;
import dev.gatehouse.solver.store.ImmutableReference;
import dev.gatehouse.solver.store.LayerInfo;
import dev.gatehouse.solver.store.LayerProvider;
import dev.gatehouse.solver.store.Store;
import dev.gatehouse.solver.worker.image.LayerTimes;
import dev.gatehouse.solver.worker.op.WorkerResult;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The results of an imported cache: chains of layers, which stay where they are until they are
 * needed.
 */
final class RemoteResults implements ResultStorage<WorkerResult> {
  private final Store store;
  private final ManifestCacheStorage records;
  private final Map<Digest, LayerInfo> layers;
  private final CacheStore from;

  RemoteResults(
      Store store, ManifestCacheStorage records, Map<Digest, LayerInfo> layers, CacheStore from) {
    this.store = store;
    this.records = records;
    this.layers = Map.copyOf(layers);
    this.from = from;
  }

  @Override
  public Optional<CacheResult> save(WorkerResult result, Instant createdAt) {
    throw new IllegalStateException("importer is immutable");
  }

  @Override
  public Optional<WorkerResult> load(CacheResult result, ExecutionContext<?, WorkerResult> context)
      throws IOException, InterruptedException {
    return load(result, context.progress());
  }

  Optional<WorkerResult> load(CacheResult result, VertexProgress progress)
      throws IOException, InterruptedException {
    Optional<List<Digest>> blobs = records.blobs(result.id());
    if (blobs.isEmpty()) {
      return Optional.empty();
    }
    LayerProvider provider = (layer, content) -> from.fetch(layer, content, progress);
    Optional<ImmutableReference> top = Optional.empty();
    for (Digest blob : blobs.get()) {
      LayerInfo layer = layers.get(blob);
      Optional<ImmutableReference> parent = top;
      if (layer == null) {
        parent.ifPresent(ImmutableReference::close);
        return Optional.empty();
      }
      try {
        ImmutableReference reference = store.references().layer(parent, layer, provider);
        top = Optional.of(reference);
        LayerTimes.remember(reference, layer);
        String description = layer.annotations().get("buildkit/description");
        if (description != null && isNameless(reference, layer)) {
          reference.setDescription(description);
        }
        if (from.source().isEmpty()) {
          // Nobody will offer it again when this build is over.
          reference.fetchBlob();
        }
      } catch (IOException | InterruptedException | RuntimeException e) {
        top.ifPresent(ImmutableReference::close);
        throw e;
      } finally {
        parent.ifPresent(ImmutableReference::close);
      }
    }
    return top.map(WorkerResult::of);
  }

  /** Whether nobody has said yet what made a layer, only where it comes from. */
  private static boolean isNameless(ImmutableReference reference, LayerInfo layer) {
    String said = reference.description();
    return said.isEmpty() || said.equals("pulled from " + layer.source());
  }

  @Override
  public boolean exists(String id) {
    return records.blobs(id).isPresent();
  }
}
