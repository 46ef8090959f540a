package dev.gatehouse.solver.worker.export;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.llb.json.Json;
import dev.gatehouse.llb.oci.Descriptor;
import dev.gatehouse.llb.oci.ImageConfig;
import dev.gatehouse.llb.oci.Platform;
import dev.gatehouse.protocol.fsutil.Stat;
import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.core.ProgressSink;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.core.VertexProgress;
import dev.gatehouse.solver.store.ActiveReference;
import dev.gatehouse.solver.store.ImmutableReference;
import dev.gatehouse.solver.store.LayerInfo;
import dev.gatehouse.solver.store.LocalMount;
import dev.gatehouse.solver.store.ReferenceOptions;
import dev.gatehouse.solver.store.Store;
import dev.gatehouse.solver.store.StoreOptions;
import dev.gatehouse.solver.store.tar.TarEntry;
import dev.gatehouse.solver.store.tar.TarReader;
import dev.gatehouse.solver.worker.BuildFacts;
import dev.gatehouse.solver.worker.FakeBuild;
import dev.gatehouse.solver.worker.TestMachine;
import dev.gatehouse.solver.worker.image.ImageStore;
import dev.gatehouse.solver.worker.image.Manifest;
import dev.gatehouse.solver.worker.image.MediaTypes;
import dev.gatehouse.solver.worker.op.WorkerResult;
import dev.gatehouse.solver.worker.registry.Credentials;
import dev.gatehouse.solver.worker.registry.DockerRegistry;
import dev.gatehouse.solver.worker.registry.Registries;
import dev.gatehouse.solver.worker.session.SessionGroup;
import dev.gatehouse.solver.worker.source.ResolveOptions;
import dev.gatehouse.solver.worker.source.SourceInstance;
import dev.gatehouse.solver.worker.source.SourceMetadata;
import dev.gatehouse.solver.worker.source.SourceRequest;
import dev.gatehouse.solver.worker.source.image.ImageSource;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Exports to real peers: docker-registry, skopeo, umoci, tar. Overlay snapshots need root. */
@Timeout(120)
class ExportIT {
  private static final Platform HOST = Platform.host();
  private static final byte[] CONFIG =
      ("{\"os\":\"linux\",\"architecture\":\""
              + HOST.architecture()
              + "\",\"config\":{\"Cmd\":[\"/hello\"]},\"x-own\":1}")
          .getBytes(UTF_8);

  @TempDir Path temp;
  private Store store;
  private Registries registries;
  private ImageStore images;
  private Exporters exporters;
  private final ExportClient client = new ExportClient();
  private final List<AutoCloseable> open = new ArrayList<>();

  @BeforeEach
  void open() throws Exception {
    TestMachine.needsRoot();
    openStore("store");
  }

  private void openStore(String name) throws Exception {
    store = Store.open(temp.resolve(name), StoreOptions.defaults());
    registries = new Registries(Map.of(), Credentials.NONE);
    images = new ImageStore(store);
    exporters = new Exporters(store, registries, images);
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable c : open.reversed()) {
      c.close();
    }
    open.clear();
    if (store != null) {
      registries.close();
      store.close();
    }
  }

  private ImmutableReference layer(Optional<ImmutableReference> parent, Map<String, String> files)
      throws Exception {
    try (ActiveReference active = store.references().create(parent, ReferenceOptions.of("step"))) {
      try (LocalMount mount = active.localMount(false)) {
        for (Map.Entry<String, String> f : files.entrySet()) {
          Path p = mount.path().resolve(f.getKey());
          if (f.getValue() == null) {
            Files.delete(p);
          } else {
            Files.createDirectories(p.getParent());
            Files.writeString(p, f.getValue());
          }
        }
        // All that the step touched, folders above and those that lost an entry too, has one time.
        for (String name : files.keySet()) {
          for (Path p = mount.path().resolve(name); !p.equals(mount.path()); p = p.getParent()) {
            if (Files.exists(p)) {
              Files.setLastModifiedTime(
                  p, java.nio.file.attribute.FileTime.fromMillis(1_600_000_000_000L));
            }
          }
        }
      }
      ImmutableReference r = active.commit();
      open.add(r);
      return r;
    }
  }

  private ImmutableReference twoLayers() throws Exception {
    ImmutableReference one =
        layer(Optional.empty(), Map.of("hello", "world", "dir/old", "o", "dir/kept", "k"));
    Map<String, String> change = new TreeMap<>();
    change.put("dir/new", "n");
    change.put("dir/old", null);
    change.put("fresh/deep/file", "f");
    return layer(Optional.of(one), change);
  }

  private static ExportSource source(ImmutableReference r) {
    return new ExportSource(
        Optional.of(r), Map.of(), Map.of("containerimage.config", CONFIG), Map.of());
  }

  private ExportContext context() {
    return new ExportContext() {
      @Override
      public SessionGroup sessions() {
        return () -> List.of(client);
      }

      @Override
      public VertexProgress progress() {
        return new VertexProgress(Digest.sha256("export"), ProgressSink.NONE);
      }

      @Override
      public BuildFacts facts() {
        return BuildFacts.NONE;
      }
    };
  }

  private ExportResult export(String type, ExportSource source, String... attributes)
      throws Exception {
    Map<String, String> all = new LinkedHashMap<>();
    for (int i = 0; i < attributes.length; i += 2) {
      all.put(attributes[i], attributes[i + 1]);
    }
    ExportResult result = exporters.get(type).resolve(3, all).export(source, context());
    if (result.finish().isPresent()) {
      result.finish().get().run(context());
    }
    return result;
  }

  private static Map<String, byte[]> untar(byte[] tar) throws Exception {
    Map<String, byte[]> members = new LinkedHashMap<>();
    TarReader r = new TarReader(new ByteArrayInputStream(tar));
    for (TarEntry e = r.next(); e != null; e = r.next()) {
      members.put(e.name(), r.readAllBytes());
    }
    return members;
  }

  @Test
  void anOciArchiveIsTakenBySkopeoAndUmoci() throws Exception {
    ExportResult result = export("oci", source(twoLayers()), "name", "example.com/app:1,app");
    assertThat(client.header).containsEntry("buildkit-attachable-exporter-id", List.of("3"));
    assertThat(client.header.get("exporter-md-image.name"))
        .containsExactly("example.com/app:1,docker.io/library/app:latest");
    assertThat(result.response())
        .containsKeys(
            "containerimage.digest", "containerimage.config.digest", "containerimage.descriptor");
    Path tar = Files.write(temp.resolve("app.tar"), client.file.toByteArray());
    Path layout = temp.resolve("layout");
    TestMachine.run("skopeo", "copy", "oci-archive:" + tar + ":1", "oci:" + layout + ":app");
    Path bundle = temp.resolve("bundle");
    TestMachine.run("umoci", "unpack", "--image", layout + ":app", bundle.toString());
    Path root = bundle.resolve("rootfs");
    assertThat(root.resolve("hello")).hasContent("world");
    assertThat(root.resolve("dir/new")).hasContent("n");
    assertThat(root.resolve("dir/old")).doesNotExist();
    assertThat(root.resolve("fresh/deep/file")).hasContent("f");
    String inspected = TestMachine.run("skopeo", "inspect", "oci-archive:" + tar + ":1");
    assertThat(inspected).contains(result.response().get("containerimage.digest"));
    byte[] config =
        untar(client.file.toByteArray())
            .get(
                "blobs/sha256/"
                    + result.response().get("containerimage.config.digest").substring(7));
    String json = new String(config, UTF_8);
    assertThat(json).contains("\"x-own\":1").contains("\"comment\":\"buildkit.exporter.image.v0\"");
    assertThat(ImageConfig.parse(config).rootFs().diffIds()).hasSize(2);
    assertThat(ImageConfig.parse(config).history()).hasSize(2);
  }

  @Test
  void layersAreEqualByteForByteAndMadeOnce() throws Exception {
    String first =
        export("oci", source(twoLayers()), "source-date-epoch", "0")
            .response()
            .get("containerimage.digest");
    byte[] archive = client.file.toByteArray();
    client.file.reset();
    close();
    openStore("another");
    ImmutableReference again = twoLayers();
    String second =
        export("oci", source(again), "source-date-epoch", "0")
            .response()
            .get("containerimage.digest");
    assertThat(second).isEqualTo(first);
    assertThat(client.file.toByteArray()).isEqualTo(archive);
    // The upper layer names what it changes and nothing else.
    LayerInfo top = again.blob().orElseThrow();
    assertThat(again.blobs()).hasSize(1);
    byte[] tar =
        dev.gatehouse.solver.store.layer.Compression.decompress(
                new ByteArrayInputStream(store.content().read(top.digest())))
            .readAllBytes();
    assertThat(untar(tar).keySet())
        .containsExactly(
            "dir/", "dir/new", "dir/.wh.old", "fresh/", "fresh/deep/", "fresh/deep/file");
    export("docker", source(again), "source-date-epoch", "0");
    assertThat(again.blobs()).hasSize(1);
    export("oci", source(again), "compression", "zstd");
    assertThat(again.blobs()).as("without force, what exists is used").hasSize(1);
    export("oci", source(again), "compression", "zstd", "force-compression", "true");
    assertThat(again.blobs()).hasSize(2);
    assertThat(again.blobs().get(1).mediaType())
        .isEqualTo("application/vnd.oci.image.layer.v1.tar+zstd");
    assertThat(again.blobs().get(1).diffId()).isEqualTo(top.diffId());
  }

  @Test
  void aDockerArchiveHasWhatDockerLoadReads() throws Exception {
    export("docker", source(twoLayers()), "name", "app:2", "oci-mediatypes", "false");
    Map<String, byte[]> members = untar(client.file.toByteArray());
    assertThat(List.copyOf(members.keySet()))
        .isSorted()
        .contains("manifest.json", "index.json", "oci-layout", "blobs/sha256/");
    assertThat(new String(members.get("manifest.json"), UTF_8))
        .contains("\"RepoTags\":[\"app:2\"]");
    Path tar = Files.write(temp.resolve("docker.tar"), client.file.toByteArray());
    TestMachine.run(
        "skopeo",
        "copy",
        "docker-archive:" + tar + ":docker.io/library/app:2",
        "dir:" + temp.resolve("d"));
    assertThat(new String(members.get("index.json"), UTF_8)).contains(MediaTypes.DOCKER_MANIFEST);
    assertThatThrownBy(() ->
            export("docker", source(twoLayers()), "compression", "zstd", "oci-mediatypes", "false"))
        .hasMessage("exporter option \"compression=zstd\" conflicts with \"oci-mediatypes=false\"");
  }

  @Test
  void contentGoesToTheClientsStoreWithoutTar() throws Exception {
    ExportResult r = export("oci", source(twoLayers()), "tar", "false");
    assertThat(client.header).containsEntry("buildkit-attachable-store-id", List.of("export"));
    assertThat(client.blobs).hasSize(4).containsKey(r.response().get("containerimage.digest"));
    client.blobs.forEach(
        (digest, bytes) -> assertThat(Digest.sha256(bytes).toString()).isEqualTo(digest));
    assertThat(List.copyOf(client.blobs.keySet()).getLast())
        .isEqualTo(r.response().get("containerimage.digest"));
  }

  private WorkerResult pull(FakeBuild build, String name, Map<String, String> attributes)
      throws Exception {
    ImageSource source = new ImageSource(store, registries, images);
    SourceInstance instance =
        source.instance(new SourceRequest("docker-image", name, attributes, HOST));
    assertThat(instance.key(build).pin()).startsWith("sha256:");
    WorkerResult result = instance.snapshot(build);
    open.add(result);
    return result;
  }

  @Test
  void pushesAndPullsLazilyAndBuildsUponWithoutFetchingTheBase() throws Exception {
    try (DockerRegistry registry =
        DockerRegistry.start(temp.resolve("registry"), DockerRegistry.Settings.OPEN)) {
      String base = registry.host() + "/base:1";
      String digest =
          export("image", source(twoLayers()), "name", base, "push", "true")
              .response()
              .get("containerimage.digest");
      assertThat(TestMachine.run("skopeo", "inspect", "--tls-verify=false", "docker://" + base))
          .contains(digest);
      close();
      openStore("fresh");

      FakeBuild build = new FakeBuild(store);
      open.add(build);
      ImmutableReference pulled = pull(build, base, Map.of()).reference().orElseThrow();
      assertThat(pulled.isLazy()).isTrue();
      ImageSource images2 = new ImageSource(store, registries, images);
      SourceMetadata meta =
          images2.resolve(
              new SourceRequest("docker-image", base, Map.of(), HOST),
              ResolveOptions.DEFAULT,
              build);
      assertThat(((SourceMetadata.Image) meta.details()).digest().toString()).isEqualTo(digest);

      // The same layers under another name: nothing is fetched, the registry takes them from where
      // they are.
      ExportSource again = source(pulled);
      String copy = registry.host() + "/team/copy:1";
      export("image", again, "name", copy, "push", "true");
      assertThat(pulled.isLazy()).isTrue();
      for (LayerInfo l : pulled.blobs()) {
        assertThat(store.content().contains(l.digest())).isFalse();
      }
      TestMachine.run(
          "skopeo",
          "copy",
          "--src-tls-verify=false",
          "docker://" + copy,
          "dir:" + temp.resolve("copy"));

      // Another layer on top, which needs the base to be unpacked.
      ImmutableReference top = layer(Optional.of(pulled), Map.of("more", "m"));
      assertThat(pulled.isLazy()).isFalse();
      try (LocalMount m = top.localMount(true)) {
        assertThat(m.path().resolve("hello")).hasContent("world");
        assertThat(m.path().resolve("dir/old")).doesNotExist();
      }
      export("image", source(top), "name", registry.host() + "/top:1", "push", "true");
      List<LayerInfo> chain = new ArrayList<>();
      for (ImmutableReference l : top.layers()) {
        chain.add(l.blob().orElseThrow());
        l.close();
      }
      assertThat(chain).hasSize(3);
      assertThat(chain.subList(0, 2))
          .extracting(LayerInfo::source)
          .containsOnly(registry.host() + "/base");
    }
  }

  @Test
  void anImageKnownByDigestNeedsNoRegistry() throws Exception {
    String name;
    FakeBuild build = new FakeBuild(store);
    open.add(build);
    try (DockerRegistry registry =
        DockerRegistry.start(temp.resolve("registry"), DockerRegistry.Settings.OPEN)) {
      name = registry.host() + "/base:1";
      String digest =
          export("image", source(twoLayers()), "name", name, "push", "true", "store", "false")
              .response()
              .get("containerimage.digest");
      name = registry.host() + "/base@" + digest;
      pull(build, name, Map.of());
    }
    assertThat(pull(build, name, Map.of()).reference()).isPresent();
    String gone = name.replaceAll("@.*", ":1");
    assertThatThrownBy(() -> pull(build, gone, Map.of())).isInstanceOf(SolveException.class);
    assertThatThrownBy(() -> pull(build, gone, Map.of("image.layerlimit", "0")))
        .hasMessage("invalid layer limit 0");
  }

  @Test
  void localImagesServeTheirNames() throws Exception {
    export("image", source(twoLayers()), "name", "example.invalid/mine:1");
    FakeBuild build = new FakeBuild(store);
    open.add(build);
    ImmutableReference r =
        pull(build, "example.invalid/mine:1", Map.of("image.resolvemode", "local"))
            .reference()
            .orElseThrow();
    try (LocalMount m = r.localMount(true)) {
      assertThat(m.path().resolve("fresh/deep/file")).hasContent("f");
    }
    assertThat(images.list())
        .extracting(ImageStore.NamedImage::name)
        .containsExactly("example.invalid/mine:1");
    assertThatThrownBy(() ->
            pull(
                build,
                "example.invalid/mine:1",
                Map.of(
                    "image.resolvemode", "local", "image.checksum", Digest.sha256("x").toString())))
        .hasMessageContaining("does not match expected checksum");
    assertThatThrownBy(() ->
            pull(
                build,
                "example.invalid/mine:1",
                Map.of("image.resolvemode", "local", "image.layerlimit", "9")))
        .hasMessage("layer limit 9 is greater than the number of layers in the image 2");
  }

  private ExportSource twoPlatforms() throws Exception {
    Map<String, Optional<ImmutableReference>> refs = new LinkedHashMap<>();
    refs.put("linux/amd64", Optional.of(layer(Optional.empty(), Map.of("arch", "amd64"))));
    refs.put("linux/arm64", Optional.of(layer(Optional.empty(), Map.of("arch", "arm64"))));
    Map<String, byte[]> metadata = new LinkedHashMap<>();
    metadata.put(
        "refs.platforms",
        ("{\"Platforms\":[{\"ID\":\"linux/amd64\",\"Platform\":{\"architecture\":\"amd64\",\"os\":\"linux\"}},"
                + "{\"ID\":\"linux/arm64\",\"Platform\":{\"architecture\":\"arm64\",\"os\":\"linux\"}}]}")
            .getBytes(UTF_8));
    metadata.put(
        "containerimage.config/linux/amd64",
        "{\"os\":\"linux\",\"architecture\":\"amd64\"}".getBytes(UTF_8));
    metadata.put(
        "containerimage.config/linux/arm64",
        "{\"os\":\"linux\",\"architecture\":\"arm64\"}".getBytes(UTF_8));
    Attestation provenance =
        Attestation.of(
            "https://slsa.dev/provenance/v1",
            "provenance.json",
            "{\"a\":1}".getBytes(UTF_8),
            Map.of());
    return new ExportSource(
        Optional.empty(), refs, metadata, Map.of("linux/arm64", List.of(provenance)));
  }

  @Test
  void severalPlatformsMakeAnIndexWithAttestations() throws Exception {
    ExportResult r =
        export(
            "oci",
            twoPlatforms(),
            "name",
            "x.example/multi:1",
            "annotation-index.k",
            "v",
            "annotation-manifest[linux/arm64].only",
            "arm");
    Map<String, byte[]> members = untar(client.file.toByteArray());
    byte[] index =
        members.get("blobs/sha256/" + r.response().get("containerimage.digest").substring(7));
    List<Descriptor> manifests = Manifest.parseIndex(index);
    assertThat(manifests)
        .extracting(d -> d.platform().format())
        .containsExactly("linux/amd64", "linux/arm64", "unknown/unknown");
    assertThat(new String(index, UTF_8)).contains("\"k\": \"v\"");
    assertThat(manifests.get(2).annotations())
        .containsEntry("vnd.docker.reference.digest", manifests.get(1).digest().value())
        .containsEntry("vnd.docker.reference.type", "attestation-manifest");
    byte[] attestation = members.get("blobs/sha256/" + manifests.get(2).digest().hex());
    assertThat(Manifest.subject(attestation))
        .map(Descriptor::digest)
        .contains(manifests.get(1).digest());
    Descriptor statement = Manifest.parse(attestation).layers().getFirst();
    String json = new String(members.get("blobs/sha256/" + statement.digest().hex()), UTF_8);
    assertThat(json)
        .startsWith(
            "{\"_type\":\"https://in-toto.io/Statement/v1\",\"predicateType\":\"https://slsa.dev/provenance/v1\"")
        .contains("pkg:docker/x.example/multi@1?platform=linux%2Farm64")
        .endsWith("\"predicate\":{\"a\":1}}");
    byte[] arm = members.get("blobs/sha256/" + manifests.get(1).digest().hex());
    assertThat(((Map<?, ?>) Json.parse(arm)).get("annotations")).isEqualTo(Map.of("only", "arm"));
    Path tar = Files.write(temp.resolve("multi.tar"), client.file.toByteArray());
    TestMachine.run(
        "skopeo", "copy", "--all", "oci-archive:" + tar + ":1", "dir:" + temp.resolve("multi"));
    assertThatThrownBy(() -> export("docker", twoPlatforms()))
        .hasMessage("docker exporter does not currently support exporting manifest lists");
  }

  @Test
  void filesGoToTheClientsDirectory() throws Exception {
    client.takesTree = true;
    ImmutableReference r = twoLayers();
    try (ActiveReference a =
        store.references().create(Optional.of(r), ReferenceOptions.of("links"))) {
      try (LocalMount m = a.localMount(false)) {
        Files.createSymbolicLink(m.path().resolve("sym"), Path.of("hello"));
        Files.createLink(m.path().resolve("zhard"), m.path().resolve("hello"));
        Files.writeString(m.path().resolve("dir.txt"), "x".repeat(300_000));
        Files.setPosixFilePermissions(
            m.path().resolve("dir.txt"),
            java.nio.file.attribute.PosixFilePermissions.fromString("rwxr-x---"));
      }
      r = a.commit();
      open.add(r);
    }
    export("local", source(r), "source-date-epoch", "7");
    assertThat(client.stats.keySet())
        .containsExactly(
            "dir",
            "dir/kept",
            "dir/new",
            "dir.txt",
            "fresh",
            "fresh/deep",
            "fresh/deep/file",
            "hello",
            "sym",
            "zhard");
    assertThat(client.files.get("dir.txt")).hasSize(300_000);
    assertThat(new String(client.files.get("hello"), UTF_8)).isEqualTo("world");
    Stat text = client.stats.get("dir.txt");
    assertThat(text.getMode()).isEqualTo(0750);
    assertThat(text.getModTime()).isEqualTo(7_000_000_000L);
    assertThat(client.stats.get("dir").getMode()).isEqualTo(0x80000000 | 0755);
    assertThat(client.stats.get("sym").getLinkname()).isEqualTo("hello");
    assertThat(client.stats.get("zhard").getLinkname()).isEqualTo("hello");

    client.takesTree = false;
    export("tar", source(r));
    Path tar = Files.write(temp.resolve("files.tar"), client.file.toByteArray());
    Path out = Files.createDirectories(temp.resolve("out"));
    TestMachine.run("tar", "-xf", tar.toString(), "-C", out.toString());
    assertThat(out.resolve("sym")).hasContent("world");
    assertThat(Files.getAttribute(out.resolve("hello"), "unix:nlink")).isEqualTo(2);
  }

  @Test
  void platformsGetDirectoriesOrMustNotCollide() throws Exception {
    client.takesTree = true;
    export("local", twoPlatforms());
    assertThat(client.stats.keySet())
        .containsExactly(
            "linux_amd64",
            "linux_amd64/arch",
            "linux_arm64",
            "linux_arm64/arch",
            "linux_arm64/provenance.json");
    assertThat(new String(client.files.get("linux_arm64/arch"), UTF_8)).isEqualTo("arm64");
    assertThat(new String(client.files.get("linux_arm64/provenance.json"), UTF_8))
        .contains("\"name\": \"arch\"");
    assertThatThrownBy(() -> export("local", twoPlatforms(), "platform-split", "false"))
        .hasMessage(
            "cannot overwrite arch from linux/amd64 with linux/arm64 when split option is"
                + " disabled");
  }

  @Test
  void timesWithinLayersAreCutToTheEpoch() throws Exception {
    ExportResult r =
        export(
            "oci", source(twoLayers()), "source-date-epoch", "1000", "rewrite-timestamp", "true");
    Map<String, byte[]> members = untar(client.file.toByteArray());
    byte[] manifest =
        members.get("blobs/sha256/" + r.response().get("containerimage.digest").substring(7));
    for (Descriptor l : Manifest.parse(manifest).layers()) {
      byte[] blob = members.get("blobs/sha256/" + l.digest().hex());
      TarReader tar =
          new TarReader(
              dev.gatehouse.solver.store.layer.Compression.decompress(
                  new ByteArrayInputStream(blob)));
      for (TarEntry e = tar.next(); e != null; e = tar.next()) {
        assertThat(e.modified().getEpochSecond()).as(e.name()).isLessThanOrEqualTo(1000);
      }
    }
    byte[] config =
        members.get(
            "blobs/sha256/" + r.response().get("containerimage.config.digest").substring(7));
    assertThat(new String(config, UTF_8)).contains("\"created\":\"1970-01-01T00:16:40Z\"");
  }

  @Test
  void scratchIsAnImageWithoutLayers() throws Exception {
    ExportSource scratch = new ExportSource(Optional.empty(), Map.of(), Map.of(), Map.of());
    ExportResult r = export("oci", scratch);
    assertThat(r.response()).containsKey("containerimage.digest");
    client.takesTree = true;
    export("local", scratch);
    assertThat(client.stats).isEmpty();
  }

  @Test
  void attributesThatMakeNoSenseAreRefusedBeforeAnythingIsBuilt() {
    assertThatThrownBy(() -> exporters.get("floppy"))
        .hasMessage("exporter \"floppy\" could not be found");
    assertThatThrownBy(() -> exporters.get("oci").resolve(0, Map.of("compression", "estargz")))
        .hasMessageContaining("estargz is not supported");
    assertThatThrownBy(() -> exporters.get("oci").resolve(0, Map.of("oci-mediatypes", "maybe")))
        .hasMessage("non-bool value specified for oci-mediatypes: \"maybe\"");
    assertThatThrownBy(() -> exporters.get("image").resolve(0, Map.of("compression-level", "99")))
        .hasMessageContaining("gzip compression level 99 is not in 0 to 9");
    assertThatThrownBy(() -> exporters.get("local").resolve(0, Map.of("mode", "burn")))
        .hasMessage("invalid local exporter mode \"burn\"");
  }
}
