package dev.gatehouse.solver.worker.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.llb.oci.Platform;
import dev.gatehouse.protocol.pb.CacheOpt;
import dev.gatehouse.protocol.pb.CacheSharingOpt;
import dev.gatehouse.protocol.pb.ExecOp;
import dev.gatehouse.protocol.pb.HostIP;
import dev.gatehouse.protocol.pb.Meta;
import dev.gatehouse.protocol.pb.Mount;
import dev.gatehouse.protocol.pb.MountContentCache;
import dev.gatehouse.protocol.pb.MountType;
import dev.gatehouse.protocol.pb.ProxyEnv;
import dev.gatehouse.protocol.pb.SecretOpt;
import dev.gatehouse.solver.core.CacheMap;
import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.worker.contenthash.Selection;
import dev.gatehouse.solver.worker.op.WorkerResult;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ExecCacheKeyTest {
  private static final Mount ROOT = Mount.newBuilder().setDest("/").build();
  private final List<List<String>> digested = new ArrayList<>();

  private static Meta.Builder meta() {
    return Meta.newBuilder().addArgs("/bin/sh").addArgs("-c").addArgs("a && b").setCwd("/");
  }

  private static String json(ExecOp.Builder op) {
    return new String(ExecCacheKey.json(op.build(), Platform.LINUX_AMD64), StandardCharsets.UTF_8);
  }

  private CacheMap<WorkerResult> map(int inputs, Mount... mounts) throws Exception {
    return ExecCacheKey.of(
        ExecOp.newBuilder().setMeta(meta()).addAllMounts(List.of(mounts)).build(),
        Platform.LINUX_AMD64,
        inputs,
        selections ->
            (result, context) -> {
              digested.add(selections.stream().map(Selection::path).toList());
              return Optional.empty();
            });
  }

  private List<String> asked(CacheMap<WorkerResult> map, int input) throws Exception {
    digested.clear();
    var rule = map.inputs().get(input).contentDigest();
    assertThat(rule).isPresent();
    rule.get().compute(WorkerResult.SCRATCH, null);
    return digested.getFirst();
  }

  @Test
  void aPlainStepIsItsCommandAndPlatform() {
    assertThat(json(ExecOp.newBuilder().setMeta(meta()).addMounts(ROOT)))
        .isEqualTo(
            "{\"Type\":\"buildkit.exec.v0\",\"Exec\":{\"meta\":{\"args\":[\"/bin/sh\",\"-c\","
                + "\"a \\u0026\\u0026 b\"],\"cwd\":\"/\"}},\"OS\":\"linux\",\"Arch\":\"amd64\"}");
  }

  @Test
  void proxiesAndAddressesDoNotCount() {
    assertThat(
            json(
                ExecOp.newBuilder()
                    .setMeta(
                        meta()
                            .setProxyEnv(ProxyEnv.newBuilder().setHttpProxy("http://user:pw@p"))
                            .addExtraHosts(HostIP.newBuilder().setHost("db").setIP("192.0.2.1")))
                    .addMounts(ROOT)))
        .contains("\"extraHosts\":[{\"Host\":\"db\"}]")
        .doesNotContain("proxy", "192.0.2.1");
  }

  @Test
  void mountsCountWithoutSelectorsAndNamesOfCaches() {
    Mount cache =
        Mount.newBuilder()
            .setInput(-1)
            .setOutput(-1)
            .setDest("/cache")
            .setSelector("/part")
            .setMountType(MountType.CACHE)
            .setCacheOpt(CacheOpt.newBuilder().setID("mine").setSharing(CacheSharingOpt.LOCKED))
            .build();
    Mount plain = cache.toBuilder().setCacheOpt(CacheOpt.newBuilder().setID("ns//cache")).build();
    Mount secret =
        Mount.newBuilder()
            .setInput(-1)
            .setOutput(-1)
            .setDest("/run/secrets/s")
            .setMountType(MountType.SECRET)
            .setSecretOpt(SecretOpt.newBuilder().setID("s").setMode(0400))
            .build();
    assertThat(
            json(
                ExecOp.newBuilder()
                    .setMeta(meta())
                    .addMounts(ROOT)
                    .addMounts(cache)
                    .addMounts(plain)
                    .addMounts(secret)))
        .contains(
            "\"mounts\":[{\"dest\":\"/\"},"
                + "{\"input\":-1,\"dest\":\"/cache\",\"output\":-1,\"mountType\":3,\"cacheOpt\":{}},"
                + "{\"input\":-1,\"dest\":\"/cache\",\"output\":-1,\"mountType\":3,\"cacheOpt\":{\"ID\":\"ns//cache\"}},"
                + "{\"input\":-1,\"dest\":\"/run/secrets/s\",\"output\":-1,\"mountType\":1,"
                + "\"secretOpt\":{\"ID\":\"s\",\"mode\":256}}]");
  }

  @Test
  void theRootCountsByDefinition() throws Exception {
    CacheMap<WorkerResult> map = map(1, ROOT);
    assertThat(map.inputs().getFirst().contentDigest()).isEmpty();
    assertThat(map.inputs().getFirst().selector()).contains(Digest.sha256("/"));
  }

  @Test
  void whatIsOnlyReadCountsByContent() throws Exception {
    Mount first =
        Mount.newBuilder()
            .setInput(1)
            .setOutput(-1)
            .setReadonly(true)
            .setDest("/src")
            .setSelector("a/b")
            .build();
    Mount second = first.toBuilder().setDest("/other").setSelector("a").build();
    CacheMap<WorkerResult> map = map(2, ROOT, first, second);
    assertThat(map.inputs().get(1).selector()).contains(Digest.sha256("/a/b\0/a"));
    assertThat(asked(map, 1)).containsExactly("/a");
    CacheMap<WorkerResult> all = map(2, ROOT, first, first.toBuilder().setSelector("").build());
    assertThat(asked(all, 1)).isEmpty();
  }

  @Test
  void aWrittenPartOfAnInputNeverCountsByContent() throws Exception {
    Mount written =
        Mount.newBuilder().setInput(1).setOutput(1).setDest("/src").setSelector("a").build();
    assertThat(map(2, ROOT, written).inputs().get(1).contentDigest()).isEmpty();
    Mount forced = written.toBuilder().setContentCache(MountContentCache.ON).build();
    assertThatThrownBy(() -> map(2, ROOT, forced))
        .hasMessageContaining("invalid mount cache content");
    Mount missing = written.toBuilder().setInput(5).build();
    assertThatThrownBy(() -> map(2, ROOT, missing)).hasMessage("invalid mountinput 5");
  }

  @Test
  void nestedPathsCountOnce() {
    assertThat(ExecCacheKey.withoutNested(List.of("/foo", "/Gemfile", "/Gemfile/foo")))
        .containsExactly("/Gemfile", "/foo");
    assertThat(ExecCacheKey.withoutNested(List.of("/Gemfile.lock", "/Gemfile")))
        .containsExactly("/Gemfile", "/Gemfile.lock");
    assertThat(ExecCacheKey.withoutNested(List.of("/", "/foo"))).containsExactly("/");
  }

  @Test
  void commandsAreQuotedAsGoDoes() {
    assertThat(GoQuote.quote("/bin/sh -c echo \"a\\b\"\n\tü\u200b\u0001"))
        .isEqualTo("\"/bin/sh -c echo \\\"a\\\\b\\\"\\n\\tü\\u200b\\x01\"");
  }
}
