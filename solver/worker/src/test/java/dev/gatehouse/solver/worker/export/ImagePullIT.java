package dev.gatehouse.solver.worker.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.store.ImmutableReference;
import dev.gatehouse.solver.store.LayerInfo;
import dev.gatehouse.solver.store.LocalMount;
import dev.gatehouse.solver.worker.FakeBuild;
import dev.gatehouse.solver.worker.TestMachine;
import dev.gatehouse.solver.worker.image.ImageStore;
import dev.gatehouse.solver.worker.op.WorkerResult;
import dev.gatehouse.solver.worker.registry.DockerRegistry;
import dev.gatehouse.solver.worker.source.ResolveOptions;
import dev.gatehouse.solver.worker.source.SourceInstance;
import dev.gatehouse.solver.worker.source.SourceMetadata;
import dev.gatehouse.solver.worker.source.SourceRequest;
import dev.gatehouse.solver.worker.source.image.ImageSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Images that are pushed and pulled again, as far as they are needed. */
class ImagePullIT extends ExportKit {
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
}
