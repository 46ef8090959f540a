package dev.gatehouse.solver.worker.export;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.llb.json.Json;
import dev.gatehouse.llb.oci.Descriptor;
import dev.gatehouse.llb.oci.ImageConfig;
import dev.gatehouse.protocol.fsutil.Stat;
import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.store.ActiveReference;
import dev.gatehouse.solver.store.ImmutableReference;
import dev.gatehouse.solver.store.LayerInfo;
import dev.gatehouse.solver.store.LocalMount;
import dev.gatehouse.solver.store.ReferenceOptions;
import dev.gatehouse.solver.store.tar.TarEntry;
import dev.gatehouse.solver.store.tar.TarReader;
import dev.gatehouse.solver.worker.TestMachine;
import dev.gatehouse.solver.worker.image.Manifest;
import dev.gatehouse.solver.worker.image.MediaTypes;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Exports to real peers: docker-registry, skopeo, umoci, tar. */
class ExportIT extends ExportKit {
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
  }

  @Test
  void aConfigurationThatIsNullIsRefused() throws Exception {
    ExportSource source =
        new ExportSource(
            Optional.of(twoLayers()),
            Map.of(),
            Map.of("containerimage.config", "null".getBytes(UTF_8)),
            Map.of());
    assertThatThrownBy(() -> export("oci", source))
        .hasMessage("invalid null image config for export");
  }

  @Test
  void zstdHasAMediaTypeOfDockersToo() throws Exception {
    ExportResult r =
        export("docker", source(twoLayers()), "compression", "zstd", "oci-mediatypes", "false");
    byte[] manifest =
        untar(client.file.toByteArray())
            .get("blobs/sha256/" + r.response().get("containerimage.digest").substring(7));
    assertThat(Manifest.parse(manifest).layers())
        .extracting(Descriptor::mediaType)
        .containsOnly("application/vnd.docker.image.rootfs.diff.tar.zstd");
  }

  @Test
  void statementsOfABundleAreAboutTheImageUnlessTheySayOtherwise() throws Exception {
    ImmutableReference tree;
    try (ActiveReference a =
        store.references().create(Optional.empty(), ReferenceOptions.of("bundle"))) {
      try (LocalMount m = a.localMount(false)) {
        Path bundle = Files.createDirectory(m.path().resolve("bundle"));
        Files.writeString(
            bundle.resolve("a.json"),
            "{\"_type\":\"t\",\"predicateType\":\"p\",\"subject\":null,\"predicate\":1}");
        Files.writeString(
            bundle.resolve("b.json"),
            "{\"_type\":\"t\",\"predicateType\":\"p\",\"subject\":[{\"name\":\"other\"}]}");
      }
      tree = a.commit();
    }
    try (tree) {
      List<Statements.Statement> statements =
          Statements.of(
              List.of(
                  new Attestation(
                      Attestation.Kind.BUNDLE,
                      Map.of(),
                      Optional.of(tree),
                      "/bundle",
                      Optional.empty(),
                      "",
                      List.of())),
              List.of(Statements.Subject.of("pkg:docker/me", Digest.sha256("image"))));
      assertThat(statements)
          .extracting(s -> new String(s.content(), UTF_8))
          .satisfiesExactly(
              own -> assertThat(own).contains("pkg:docker/me", Digest.sha256("image").encoded()),
              other -> assertThat(other).contains("other").doesNotContain("pkg:docker/me"));
    }
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
      assertThat(l.annotations()).containsEntry("buildkit/rewritten-timestamp", "1000");
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
