package dev.gatehouse.llb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.llb.oci.Digest;
import dev.gatehouse.llb.oci.Platform;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class StateTest {
  private static final MarshalOptions AMD64 =
      new MarshalOptions(Platform.LINUX_AMD64, capability -> true, "unique");

  @Test
  void localSourceHasTheBytesThatBuildKitRecorded() {
    State state =
        LocalSource.of("dockerfile")
            .session("golden")
            .followPaths(List.of("Dockerfile", "Dockerfile.dockerignore", "dockerfile"))
            .sharedKeyHint("dockerfile")
            .withoutDiffer(false)
            .constraints(
                Constraints.builder()
                    .name("[internal] load build definition from Dockerfile")
                    .build())
            .state();
    Definition definition = state.marshal(AMD64);
    assertThat(definition.digests())
        .containsExactly(
            new Digest("sha256:5dee6b7c00b2583613d75bcf17e0352d6a88f91d05472b3ef7cd218fa7525ff0"),
            new Digest("sha256:fb0fa3e2af93ca21a60ac39263c8276adbd9a93a3f11908d0e4ddb22d5e37ac6"));
    assertThat(definition.metadata().get(definition.digests().get(0)).capabilities())
        .isEqualTo(
            Set.of(
                "source.local",
                "source.local.followpaths",
                "source.local.sessionid",
                "source.local.sharedkeyhint"));
    assertThat(definition.metadata().get(definition.digests().get(1)).capabilities())
        .isEqualTo(Set.of("constraints", "meta.description", "platform"));
  }

  @Test
  void aLongChainNeitherOverflowsNorTakesQuadraticTime() {
    State state = ImageSource.of("alpine").state();
    for (int i = 0; i < 20_000; i++) {
      state = state.run().args(List.of("echo", Integer.toString(i))).build().root();
    }
    assertThat(state.marshal(AMD64).ops()).hasSize(20_002);
  }

  @Test
  void sharedVerticesAreWrittenOnce() {
    State state = ImageSource.of("alpine").state();
    for (int i = 0; i < 60; i++) {
      state = State.merge(List.of(state, state), Constraints.NONE);
    }
    assertThat(state.marshal(AMD64).ops()).hasSize(62);
  }

  @Test
  void mountsSortByTargetAndOutputsFollow() {
    State source = LocalSource.of("src").session("s").state();
    Exec exec =
        ImageSource.of("alpine")
            .state()
            .run()
            .args(List.of("make"))
            .mount(Mount.bind("/z", source))
            .mount(Mount.bind("/a", source).asReadOnly())
            .mount(Mount.cache("/c", State.scratch(), "id", CacheSharing.LOCKED))
            .build();
    assertThat(exec.mount("/z").marshal(AMD64).output().orElseThrow().index()).isEqualTo(1);
    assertThat(exec.root().marshal(AMD64).output().orElseThrow().index()).isZero();
    assertThatThrownBy(() -> exec.mount("/c")).isInstanceOf(LlbException.class);
    assertThat(exec.root().env("HOME")).isEmpty();
  }

  @Test
  void variablesSetAgainMoveToTheEnd() {
    State state = State.scratch().env("A", "1").env("B", "2").env("A", "3");
    assertThat(state.env()).containsExactly("B=2", "A=3");
  }

  @Test
  void aCommandNeedsArguments() {
    assertThatThrownBy(() -> State.scratch().run().build().root().marshal(AMD64))
        .isInstanceOf(LlbException.class)
        .hasMessage("arguments are required");
  }

  @Test
  void sourceMapsTravelWithTheirRanges() {
    SourceMap map = new SourceMap("Dockerfile", "Dockerfile", "FROM x".getBytes(), null);
    Definition definition =
        ImageSource.of("alpine")
            .constraints(
                Constraints.builder().location(map, List.of(SourceRange.lines(1, 2))).build())
            .state()
            .marshal(AMD64);
    Definition read = Definition.parse(definition.toBytes());
    assertThat(read.sources()).containsExactly(map);
    assertThat(read.locations().get(read.digests().get(0)).get(0).ranges())
        .containsExactly(SourceRange.lines(1, 2));
  }

  @Test
  void bytesThatAreNoDefinitionAreRefused() {
    assertThatThrownBy(() -> Definition.parse(new byte[] {(byte) 0xff, 1, 2}))
        .isInstanceOf(LlbException.class);
  }
}
