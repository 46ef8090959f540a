package dev.gatehouse.solver.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.solver.core.GraphKit.Node;
import dev.gatehouse.solver.core.GraphKit.Text;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is found in caches instead of being run. */
@Timeout(120)
class SolverCacheTest extends SolverKit {
  @Test
  void aRepeatRunsNothingAndLoadsOnlyTheLast() throws Exception {
    assertThat(build(kit.node("b", kit.node("a")))).isEqualTo("b[a]");
    kit.journal.clear();
    assertThat(build(kit.node("b", kit.node("a")))).isEqualTo("b[a]");
    assertThat(kit.ran()).isEmpty();
    assertThat(kit.journal).contains("load b[a]").doesNotContain("load a");
  }

  @Test
  void equalContentDoesNotRunTheConsumerAgain() throws Exception {
    Node first = kit.node("src1").gives("same");
    assertThat(build(kit.node("use").input(first).byContent())).isEqualTo("use[same]");
    Node touched = kit.node("src2").gives("same");
    kit.journal.clear();
    assertThat(build(kit.node("use").input(touched).byContent())).isEqualTo("use[same]");
    assertThat(kit.ran()).containsExactly("src2");
    // From now on the definition decides, and no content is looked at.
    kit.journal.clear();
    assertThat(build(kit.node("use").input(touched).byContent())).isEqualTo("use[same]");
    assertThat(kit.ran()).isEmpty();
    assertThat(kit.journal).noneMatch(entry -> entry.startsWith("digest"));
  }

  @Test
  void contentIsDigestedBeforeTheFirstRunSoThatItIsFoundLater() throws Exception {
    build(kit.node("use").input(kit.node("a").gives("v")).byContent());
    assertThat(kit.count("digest use.0")).isEqualTo(1);
  }

  @Test
  void onlyTheSelectedContentCounts() throws Exception {
    Node v1 = kit.node("src1").gives("left1 right");
    Node v2 = kit.node("src2").gives("left2 right");
    build(kit.node("use").input(v1).byContent(value -> value.split(" ")[1]).selector("right"));
    kit.journal.clear();
    assertThat(
            build(
                kit.node("use")
                    .input(v2)
                    .byContent(value -> value.split(" ")[1])
                    .selector("right")))
        .isEqualTo("use[left1 right]");
    assertThat(kit.ran()).containsExactly("src2");
  }

  @Test
  void differentSelectorsAreDifferentKeys() throws Exception {
    Node source = kit.node("src").gives("v");
    build(kit.node("use").input(source).selector("a"));
    kit.journal.clear();
    build(kit.node("use").salt("b").input(source).selector("b"));
    assertThat(kit.ran()).containsExactly("use");
    kit.journal.clear();
    build(kit.node("use").salt("again").input(source).selector("a"));
    assertThat(kit.ran()).isEmpty();
  }

  @Test
  void aChangeRunsOnlyWhatDependsOnIt() throws Exception {
    Node base = kit.node("base");
    Node left = kit.node("left", base);
    build(kit.node("top", left, kit.node("right1", base)));
    kit.journal.clear();
    build(kit.node("top", left, kit.node("right2", base)));
    assertThat(kit.ran()).containsExactly("right2", "top");
    assertThat(kit.journal).contains("load left[base]", "load base");
  }

  @Test
  void anInputThatACachedVertexDoesNotNeedIsNeverRun() throws Exception {
    Node a = kit.node("a");
    Node b = kit.node("b", a);
    build(kit.node("c", b));
    kit.prune("a");
    kit.prune("b[a]");
    kit.journal.clear();
    assertThat(build(kit.node("c", b))).isEqualTo("c[b[a]]");
    assertThat(kit.ran()).isEmpty();
  }

  @Test
  void whatWasPrunedIsBuiltAgain() throws Exception {
    Node b = kit.node("b", kit.node("a"));
    build(b);
    kit.prune("b[a]");
    kit.journal.clear();
    assertThat(build(b)).isEqualTo("b[a]");
    assertThat(kit.ran()).containsExactly("b");
    assertThat(kit.journal).contains("load a");
  }

  @Test
  void whatCannotBeLoadedIsBuiltAgainWithAWarning() throws Exception {
    Node a = kit.node("a");
    build(a);
    kit.unloadable.add("a");
    List<ProgressEvent> events = Collections.synchronizedList(new ArrayList<>());
    try (Job<Node, Text> job = solver.job("j", events::add, List.of(), List.of())) {
      assertThat(job.build(a.edge()).get().value()).isEqualTo("a");
    }
    assertThat(kit.count("run a")).isEqualTo(2);
    assertThat(events)
        .anySatisfy(event ->
            assertThat(event)
                .isInstanceOfSatisfying(
                    ProgressEvent.VertexWarning.class,
                    warning ->
                        assertThat(warning.message())
                            .isEqualTo("failed to load cache: cannot load a")));
  }

  @Test
  void ignoringTheCacheRunsTheVertexAndWhatDependsOnIt() throws Exception {
    build(kit.node("b", kit.node("a")));
    kit.journal.clear();
    assertThat(build(kit.node("b", kit.node("a").ignoreCache()))).isEqualTo("b[a]");
    assertThat(kit.ran()).containsExactly("a", "b");
  }

  @Test
  void contentStillCountsBelowAVertexThatIgnoresTheCache() throws Exception {
    build(kit.node("b").input(kit.node("a")).byContent());
    kit.journal.clear();
    build(kit.node("b").input(kit.node("a").ignoreCache()).byContent());
    assertThat(kit.ran()).containsExactly("a");
  }

  @Test
  void alternativeKeysOfSourcesAreFound() throws Exception {
    Node image = kit.node("tag1").key("manifest1").gives("layers");
    image.alternatives.add(Digest.sha256("config"));
    build(kit.node("use", image));
    Node other = kit.node("tag2").key("manifest2").gives("layers");
    other.alternatives.add(Digest.sha256("config"));
    kit.journal.clear();
    assertThat(build(kit.node("use", other))).isEqualTo("use[layers]");
    assertThat(kit.ran()).isEmpty();
  }

  @Test
  void furtherCachesOfABuildAreFoundAndTakenOver() throws Exception {
    GraphKit remote = new GraphKit();
    Solver<Node, Text> elsewhere = remote.solver();
    try (Job<Node, Text> job = GraphKit.job(elsewhere, "remote")) {
      job.build(remote.node("b", remote.node("a")).edge()).get();
    }
    Cache<Text> imported =
        new Cache<>("registry", remote.records, new BorrowedResults(kit, remote.cache.results()));
    Node b = kit.node("b", kit.node("a"));
    try (Job<Node, Text> job = solver.job("j", ProgressSink.NONE, List.of(), List.of(imported))) {
      assertThat(job.build(b.edge()).get().value()).isEqualTo("b[a]");
    }
    assertThat(kit.ran()).isEmpty();
    assertThat(build(b)).isEqualTo("b[a]");
    assertThat(kit.ran()).isEmpty();
  }

  private record BorrowedResults(GraphKit kit, ResultStorage<Text> results)
      implements ResultStorage<Text> {
    @Override
    public java.util.Optional<CacheResult> save(Text result, java.time.Instant createdAt) {
      throw new AssertionError("imported caches are not written");
    }

    @Override
    public java.util.Optional<Text> load(CacheResult result, ExecutionContext<?, Text> context) {
      kit.live.merge(result.id(), 1, Integer::sum);
      return java.util.Optional.of(new Text(result.id()));
    }

    @Override
    public boolean exists(String id) {
      return true;
    }
  }

  /** A storage in memory that tells each call before it does it. */
  private static CacheStorage told(Consumer<String> before) {
    CacheStorage memory = new InMemoryCacheStorage();
    return (CacheStorage)
        Proxy.newProxyInstance(
            CacheStorage.class.getClassLoader(),
            new Class<?>[] {CacheStorage.class},
            (proxy, method, arguments) -> {
              before.accept(method.getName());
              return method.invoke(memory, arguments);
            });
  }

  @Test
  void aFoundResultThatCannotBeRecordedIsGivenBackAndFoundAgain() throws Exception {
    GraphKit remote = new GraphKit();
    try (Job<Node, Text> job = GraphKit.job(remote.solver(), "remote")) {
      job.build(remote.node("a").edge()).get();
    }
    AtomicBoolean full = new AtomicBoolean(true);
    GraphKit own =
        new GraphKit(
            told(call -> {
              if (call.equals("addResult") && full.get()) {
                throw new IllegalStateException("no room");
              }
            }));
    Cache<Text> imported =
        new Cache<>("registry", remote.records, new BorrowedResults(own, remote.cache.results()));
    Solver<Node, Text> both = own.solver();
    Edge<Node> a = own.node("a").edge();
    try (Job<Node, Text> one = both.job("1", ProgressSink.NONE, List.of(), List.of(imported))) {
      assertThatThrownBy(() -> one.build(a).get()).hasMessageContaining("no room");
      full.set(false);
      try (Job<Node, Text> two = both.job("2", ProgressSink.NONE, List.of(), List.of(imported))) {
        assertThat(two.build(a).get().value()).isEqualTo("a");
      }
    }
    assertThat(own.ran()).isEmpty();
    assertThat(own.leaked()).isEmpty();
  }

  @Test
  void aSlowOperationsRecordIsPersistedBeforeAnythingIsBuiltUponIt() throws Exception {
    List<String> order = Collections.synchronizedList(new ArrayList<>());
    CacheStorage records =
        told(call -> {
          if (call.equals("persist")) {
            order.add(call);
          }
        });
    GraphKit own = new GraphKit(records);
    Node slow =
        own.node("slow")
            .computes(arguments -> {
              LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
              order.add("slow");
              return "slow";
            });
    Node top =
        own.node("top", slow)
            .computes(arguments -> {
              order.add("top");
              return "top";
            });
    try (Job<Node, Text> job = GraphKit.job(own.solver(), "build")) {
      job.build(top.edge()).get();
    }
    assertThat(order).startsWith("slow", "persist", "top");
  }
}
