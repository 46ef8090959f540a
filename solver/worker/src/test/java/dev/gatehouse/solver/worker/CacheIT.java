package dev.gatehouse.solver.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.llb.MarshalOptions;
import dev.gatehouse.llb.OciLayoutSource;
import dev.gatehouse.llb.State;
import dev.gatehouse.llb.json.Json;
import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.core.ProgressEvent;
import dev.gatehouse.solver.store.LocalMount;
import dev.gatehouse.solver.worker.cache.CacheLocation;
import dev.gatehouse.solver.worker.image.LayerTimes;
import dev.gatehouse.solver.worker.registry.DockerRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Caches that one worker writes and another reads. */
@Timeout(120)
class CacheIT {
  @TempDir Path directory;
  private final LayoutSession client = new LayoutSession();
  private final BuildEvents events = new BuildEvents();
  private final List<Worker> workers = new ArrayList<>();
  private String image;

  @BeforeEach
  void prepare() throws Exception {
    TestMachine.needsContainers();
    image = client.image("base", TestImages.busybox());
  }

  @AfterEach
  void close() {
    workers.forEach(Worker::close);
  }

  private Worker worker(String name) throws IOException {
    Worker worker = Worker.open(WorkerConfig.of(directory.resolve(name)));
    workers.add(worker);
    return worker;
  }

  private Build build(Worker worker) throws Exception {
    events.clear();
    return worker.build(new BuildRequest(BuildFacts.NONE, () -> List.of(client), events));
  }

  private State run(State root, String command) {
    return root.run().args(List.of("/bin/sh", "-c", command)).build().root();
  }

  private byte[] definition() {
    State base = OciLayoutSource.of(image).store("", "store").state().env("PATH", "/bin");
    State one = run(base, "echo one; date +%s%N > /tmp/one");
    return run(one, "echo two; cat /tmp/one > /tmp/two")
        .marshal(MarshalOptions.defaults())
        .toBytes();
  }

  private String two(WorkerReference reference) throws Exception {
    try (LocalMount mount = reference.evaluate().reference().orElseThrow().localMount(true)) {
      return Files.readString(mount.path().resolve("tmp/two"));
    }
  }

  /** Builds, exports, and builds on another worker that imports. */
  private void there(CacheLocation to, java.util.function.Function<String, CacheLocation> from)
      throws Exception {
    String first;
    String manifest;
    Instant made;
    try (Build build = build(worker("one"))) {
      WorkerReference reference = build.solve(definition());
      first = two(reference);
      made = LayerTimes.of(reference.evaluate().reference().orElseThrow());
      manifest = build.exportCaches(List.of(to), List.of(reference)).get("cache.manifest");
    }
    assertThat(events.logs()).isEqualTo("one\ntwo\n");
    String digest = (String) ((Map<?, ?>) Json.parse(manifest)).get("digest");
    client.layersRead();
    Worker other = worker("two");
    try (Build build = build(other)) {
      build.importCaches(List.of(from.apply(digest)));
      WorkerReference imported = build.solve(definition());
      assertThat(two(imported)).isEqualTo(first);
      assertThat(LayerTimes.of(imported.evaluate().reference().orElseThrow())).isEqualTo(made);
    }
    assertThat(events.logs()).isEmpty();
    // What was imported is recorded: the next build needs no import.
    try (Build build = build(other)) {
      assertThat(two(build.solve(definition()))).isEqualTo(first);
    }
    assertThat(events.logs()).isEmpty();
  }

  @Test
  void aCacheInADirectoryOfTheClient() throws Exception {
    there(
        new CacheLocation("local", Map.of("dest", "cache", "mode", "max")),
        digest -> new CacheLocation("local", Map.of("src", "cache", "digest", digest)));
  }

  @Test
  void aCacheAsAnIndexWithTheTopmostResultOnly() throws Exception {
    there(
        new CacheLocation(
            "local", Map.of("dest", "cache", "image-manifest", "false", "compression", "zstd")),
        digest -> new CacheLocation("local", Map.of("src", "cache", "digest", digest)));
  }

  @Test
  void aCacheInARegistry() throws Exception {
    try (DockerRegistry registry =
        DockerRegistry.start(directory.resolve("registry"), DockerRegistry.Settings.OPEN)) {
      String ref = registry.host() + "/team/cache:main";
      there(
          new CacheLocation("registry", Map.of("ref", ref, "mode", "max")),
          digest -> new CacheLocation("registry", Map.of("ref", ref)));
    }
  }

  @Test
  void recordsForTheConfigurationOfAnImage() throws Exception {
    try (Build build = build(worker("one"))) {
      WorkerReference reference = build.solve(definition());
      var result = reference.evaluate().reference().orElseThrow();
      var lease = workers.getFirst().store().lease();
      try (lease;
          var chain =
              workers
                  .getFirst()
                  .services()
                  .exporters()
                  .layerBlobs()
                  .chain(result, dev.gatehouse.solver.store.layer.Compression.GZIP, false, lease)) {
        List<Digest> layers =
            chain.blobs().stream().map(dev.gatehouse.solver.store.LayerInfo::digest).toList();
        byte[] records = build.inlineCache(reference, layers).orElseThrow();
        assertThat(Json.parse(records)).isInstanceOf(List.class);
        assertThat(new String(records)).contains("\"layer\":2");
        assertThat(build.inlineCache(reference, List.of(Digest.sha256("other")))).isEmpty();
      }
    }
  }

  @Test
  void aCacheThatIsNotThereFailsNoBuild() throws Exception {
    try (Build build = build(worker("one"))) {
      build.importCaches(
          List.of(
              new CacheLocation(
                  "local", Map.of("src", "cache", "digest", Digest.sha256("none").toString()))));
      assertThat(two(build.solve(definition()))).isNotEmpty();
      assertThat(events.list())
          .anySatisfy(event ->
              assertThat(event)
                  .isInstanceOfSatisfying(
                      ProgressEvent.VertexCompleted.class,
                      completed -> assertThat(completed.error()).isPresent()));
      assertThatThrownBy(() -> build.importCaches(List.of(new CacheLocation("gha", Map.of()))))
          .hasMessage("unknown cache importer: gha; known are registry and local");
      assertThatThrownBy(() ->
              build.exportCaches(
                  List.of(new CacheLocation("local", Map.of("mode", "all"))), List.of()))
          .hasMessage("unsupported cache export mode all: known are min and max");
    }
  }
}
