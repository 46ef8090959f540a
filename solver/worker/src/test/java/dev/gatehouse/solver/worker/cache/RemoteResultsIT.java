package dev.gatehouse.solver.worker.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.solver.core.CacheResult;
import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.core.ProgressSink;
import dev.gatehouse.solver.core.VertexProgress;
import dev.gatehouse.solver.store.ContentStore;
import dev.gatehouse.solver.store.ImmutableReference;
import dev.gatehouse.solver.store.LayerInfo;
import dev.gatehouse.solver.store.Store;
import dev.gatehouse.solver.store.StoreOptions;
import dev.gatehouse.solver.worker.TestMachine;
import dev.gatehouse.solver.worker.image.LayerTimes;
import dev.gatehouse.solver.worker.op.WorkerResult;
import dev.gatehouse.solver.worker.registry.Repository;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What results of an imported cache know of how they were made. */
@Timeout(60)
class RemoteResultsIT {
  private static final String STEP = "RUN make";
  private static final Instant MADE = Instant.parse("2024-05-06T07:08:09Z");

  @TempDir Path dir;

  /** A cache whose layers nobody needs. */
  private record Elsewhere(String source) implements CacheStore {
    @Override
    public byte[] root() {
      throw new AssertionError("read");
    }

    @Override
    public byte[] document(Digest digest, long size) {
      throw new AssertionError("read");
    }

    @Override
    public void fetch(LayerInfo layer, ContentStore content, VertexProgress progress) {
      throw new AssertionError("fetched");
    }

    @Override
    public void write(
        Digest digest, long size, Repository.BlobSource blob, VertexProgress progress) {
      throw new AssertionError("written");
    }

    @Override
    public void writeRoot(Digest digest, String mediaType, byte[] manifest) {
      throw new AssertionError("written");
    }
  }

  @Test
  void aLayerKeepsTheStepThatAnImagesHistoryNames() throws Exception {
    TestMachine.needsRoot();
    CacheStore from = new Elsewhere("registry.example/team/app");
    Digest step = Digest.sha256("step");
    LayerInfo layer =
        new LayerInfo(
            Digest.sha256("blob"),
            7,
            "application/vnd.oci.image.layer.v1.tar+gzip",
            Digest.sha256("diff"),
            Map.of(LayerTimes.ANNOTATION, MADE.toString(), "buildkit/description", STEP),
            from.source());
    CacheConfig config =
        new CacheConfig(
            List.of(new CacheConfig.Layer(layer.digest(), -1)),
            List.of(
                new CacheConfig.Entry(
                    step, List.of(new CacheConfig.Result(0, MADE)), List.of(), List.of())));
    ManifestCacheStorage records =
        new ManifestCacheStorage(config, Map.of(layer.digest(), layer).keySet());
    CacheResult result = records.results(step.toString()).getFirst();

    try (Store store = Store.open(dir.resolve("store"), StoreOptions.defaults())) {
      RemoteResults results =
          new RemoteResults(store, records, Map.of(layer.digest(), layer), from);
      VertexProgress progress = new VertexProgress(step, ProgressSink.NONE);
      try (WorkerResult loaded = results.load(result, progress).orElseThrow()) {
        ImmutableReference reference = loaded.reference().orElseThrow();
        assertThat(reference.description()).isEqualTo(STEP);
        assertThat(LayerTimes.of(reference)).isEqualTo(MADE);
        reference.setDescription("my own");
        Optional<WorkerResult> again = results.load(result, progress);
        assertThat(again.orElseThrow().reference().orElseThrow().description()).isEqualTo("my own");
        again.orElseThrow().close();
      }
    }
  }
}
