package dev.gatehouse.solver.worker.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.solver.core.CacheKeys;
import dev.gatehouse.solver.core.CacheLink;
import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.store.LayerInfo;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CacheConfigTest {
  private static final Digest A = Digest.sha256("a");
  private static final Digest B = Digest.sha256("b");
  private static final Digest OP = Digest.sha256("op");
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05.123456789Z");

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static LayerInfo layer(Digest digest) {
    return new LayerInfo(digest, 1, "application/vnd.oci.image.layer.v1.tar", digest, Map.of(), "");
  }

  /** As BuildKit writes it: zeros are left out. */
  private static String sample() {
    return """
    {"layers":[{"blob":"%s","parent":-1},{"blob":"%s"}],"records":[{"digest":"%s"},\
    {"layers":[{"layer":1,"createdAt":"2026-01-02T03:04:05.123456789Z"}],"digest":"%s",\
    "inputs":[[{"selector":"%s","link":0}]]}]}\
    """
        .formatted(A, B, CacheKeys.root(A, 0), CacheKeys.root(OP, 0), A);
  }

  @Test
  void readsAndWritesWhatBuildKitDoes() throws Exception {
    CacheConfig config = CacheConfig.parse(bytes(sample()));
    assertThat(config.layers())
        .containsExactly(new CacheConfig.Layer(A, -1), new CacheConfig.Layer(B, 0));
    assertThat(config.blobs(1)).containsExactly(A, B);
    assertThat(config.records().get(1).results()).containsExactly(new CacheConfig.Result(1, NOW));
    assertThat(new String(config.toJson(), StandardCharsets.UTF_8)).isEqualTo(sample());
    // With the zeros left out.
    assertThat(CacheConfig.parse(bytes(sample().replace(",\"link\":0", "")))).isEqualTo(config);
  }

  @Test
  void theSolverFindsItsKeysInIt() throws Exception {
    ManifestCacheStorage storage =
        new ManifestCacheStorage(CacheConfig.parse(bytes(sample())), Set.of(A, B));
    String root = CacheKeys.root(A, 0);
    assertThat(storage.exists(root)).isTrue();
    List<String> reached = storage.links(root, new CacheLink(0, 0, OP, Optional.of(A)));
    assertThat(reached).hasSize(1);
    assertThat(storage.links(root, new CacheLink(0, 0, OP, Optional.empty()))).isEmpty();
    assertThat(storage.links(root, new CacheLink(0, 1, OP, Optional.of(A)))).isEmpty();
    assertThat(storage.results(reached.getFirst()))
        .singleElement()
        .satisfies(result -> assertThat(storage.blobs(result.id())).contains(List.of(A, B)));
  }

  @Test
  void resultsWithoutTheirLayersAreLeftOut() throws Exception {
    ManifestCacheStorage storage =
        new ManifestCacheStorage(CacheConfig.parse(bytes(sample())), Set.of(A));
    assertThat(storage.resultIds()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{\"layers\":{}}",
        "{\"layers\":[{\"blob\":\"x\"}]}",
        "{\"records\":[{}]}",
        "{\"records\":[{\"digest\":\"random:a\",\"inputs\":[[]]}]}",
        "{\"records\":[{\"digest\":\"random:a\",\"inputs\":[[{\"link\":7}]]}]}",
        "{\"records\":[{\"digest\":\"random:a\",\"layers\":[{\"layer\":0}]}]}",
        "{\"layers\":[{\"blob\":\"random:a\",\"parent\":9}]}"
      })
  void malformedConfigsAreRefused(String json) {
    assertThatThrownBy(() -> CacheConfig.parse(bytes(json))).isInstanceOf(IOException.class);
  }

  @Test
  void circlesAreRefusedOrHarmless() throws Exception {
    CacheConfig layers =
        CacheConfig.parse(
            bytes("{\"layers\":[{\"blob\":\"random:a\",\"parent\":1},{\"blob\":\"random:b\"}]}"));
    assertThatThrownBy(() -> layers.blobs(0)).hasMessage("invalid looping layer");
    CacheConfig records =
        CacheConfig.parse(
            bytes("{\"records\":[{\"digest\":\"random:a\",\"inputs\":[[{\"link\":0}]]}]}"));
    assertThat(new ManifestCacheStorage(records, Set.of()).resultIds()).isEmpty();
  }

  @Test
  void resultsOfAbsurdlyManyLayersAreRefused() throws Exception {
    StringBuilder layers = new StringBuilder("{\"blob\":\"random:a\",\"parent\":-1}");
    for (int i = 0; i < 20_000; i++) {
      layers.append(",{\"blob\":\"random:a\",\"parent\":").append(i).append('}');
    }
    CacheConfig deep = CacheConfig.parse(bytes("{\"layers\":[" + layers + "]}"));
    assertThat(deep.blobs(999)).hasSize(1000);
    assertThatThrownBy(() -> deep.blobs(1000)).hasMessageContaining("more than 1000 layers");
    String results = "{\"layer\":999}" + ",{\"layer\":999}".repeat(2000);
    CacheConfig many =
        CacheConfig.parse(
            bytes(
                "{\"layers\":["
                    + layers
                    + "],\"records\":[{\"digest\":\"random:a\",\"layers\":["
                    + results
                    + "]}]}"));
    assertThatThrownBy(() -> new ManifestCacheStorage(many, Set.of()))
        .hasMessageContaining("too many layers");
    String chain = "0" + ",0".repeat(1000);
    assertThatThrownBy(() ->
            CacheConfig.parse(
                bytes(
                    "{\"layers\":[{\"blob\":\"random:a\"}],\"records\":[{\"digest\":\"random:a\","
                        + "\"chains\":[{\"layers\":["
                        + chain
                        + "]}]}]}")))
        .hasMessageContaining("more than 1000 layers");
  }

  @Test
  void anyBytesAreReadOrRefused() {
    Random random = new Random(3);
    byte[] good = bytes(sample());
    for (int i = 0; i < 5000; i++) {
      byte[] bad = good.clone();
      for (int k = random.nextInt(4); k >= 0; k--) {
        bad[random.nextInt(bad.length)] = (byte) random.nextInt(128);
      }
      try {
        CacheConfig config = CacheConfig.parse(bad);
        new ManifestCacheStorage(config, Set.of(A, B));
      } catch (IOException e) {
        assertThat(e).hasMessageStartingWith("invalid");
      }
    }
  }

  @Test
  void equalRecordsAreGatheredOnceAndInOneOrder() {
    CacheChains one = new CacheChains();
    CacheChains two = new CacheChains();
    for (CacheChains chains : List.of(one, two)) {
      CacheChains.Item first = chains.add(chains == one ? A : B, List.of(), Optional.empty());
      CacheChains.Item second = chains.add(chains == one ? B : A, List.of(), Optional.empty());
      CacheChains.Item a = chains == one ? first : second;
      CacheChains.Item b = chains == one ? second : first;
      CacheChains.Result result = new CacheChains.Result(List.of(layer(A), layer(B)), NOW);
      CacheChains.Item joined =
          chains.add(
              OP,
              List.of(List.of(new CacheChains.Link(a, "")), List.of(new CacheChains.Link(b, "s"))),
              Optional.of(result));
      assertThat(
              chains.add(
                  OP,
                  List.of(
                      List.of(new CacheChains.Link(a, "")), List.of(new CacheChains.Link(b, "s"))),
                  Optional.empty()))
          .isSameAs(joined);
    }
    CacheConfig config = one.export().config();
    assertThat(config).isEqualTo(two.export().config());
    assertThat(config.records()).hasSize(3);
    assertThat(config.layers()).hasSize(2);
    assertThat(one.export().blobs().keySet()).containsExactlyInAnyOrder(A, B);
  }
}
