package dev.gatehouse.solver.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.solver.core.GraphKit.Node;
import dev.gatehouse.solver.core.GraphKit.Text;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class SolverTest {
  private final GraphKit kit = new GraphKit();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private Solver<Node, Text> solver = kit.solver();

  @AfterEach
  void nothingIsLeft() {
    threads.shutdownNow();
    assertThat(solver.activeVertices()).isZero();
    assertThat(kit.leaked()).isEmpty();
  }

  private String build(Node node) throws Exception {
    try (Job<Node, Text> job = GraphKit.job(solver, "build")) {
      return job.build(node.edge()).get().value();
    }
  }

  /** Joins the build at once and waits for the result on another thread. */
  private Future<String> later(Job<Node, Text> job, Node node) throws SolveException {
    LazyResult<Text> result = job.build(node.edge());
    return threads.submit(() -> result.get().value());
  }

  @Test
  void runsInputsOnceAndBeforeWhatTakesThem() throws Exception {
    Node a = kit.node("a");
    Node b = kit.node("b", a);
    Node c = kit.node("c", a);
    assertThat(build(kit.node("d", b, c))).isEqualTo("d[b[a], c[a]]");
    assertThat(kit.ran()).containsExactly("a", "b", "c", "d");
  }

  @Test
  void aRepeatRunsNothingAndLoadsOnlyTheLast() throws Exception {
    assertThat(build(kit.node("b", kit.node("a")))).isEqualTo("b[a]");
    kit.journal.clear();
    assertThat(build(kit.node("b", kit.node("a")))).isEqualTo("b[a]");
    assertThat(kit.ran()).isEmpty();
    assertThat(kit.journal).contains("load b[a]").doesNotContain("load a");
  }

  @Test
  void sixteenIndependentVerticesRunAtOnce() throws Exception {
    List<Node> nodes = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      nodes.add(kit.node("n" + i).held());
    }
    Node all = kit.node("all", nodes.toArray(Node[]::new));
    try (Job<Node, Text> job = GraphKit.job(solver, "build")) {
      Future<String> result = later(job, all);
      for (Node node : nodes) {
        node.awaitEntered();
      }
      nodes.forEach(node -> node.hold.countDown());
      assertThat(result.get()).startsWith("all[n0, n1");
    }
    assertThat(kit.mostRunning.get()).isEqualTo(16);
  }

  @Test
  void parallelismIsBoundedButWaitingForInputsAndNestedGraphsDoesNotCount() throws Exception {
    solver = kit.solver(SolverOptions.parallelism(1));
    List<Node> nodes = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      nodes.add(kit.node("n" + i));
    }
    Node outer =
        kit.node("outer", nodes.toArray(Node[]::new)).nested(kit.node("in2", kit.node("in1")));
    assertThat(build(outer)).endsWith(", in2[in1]]");
    assertThat(kit.mostRunning.get()).isEqualTo(1);
  }

  @Test
  void twoBuildsShareAStep() throws Exception {
    Node shared = kit.node("shared").held();
    try (Job<Node, Text> one = GraphKit.job(solver, "one");
        Job<Node, Text> two = GraphKit.job(solver, "two")) {
      Future<String> first = later(one, kit.node("x", shared));
      Future<String> second = later(two, kit.node("y", shared));
      shared.awaitEntered();
      awaitActive(3);
      shared.hold.countDown();
      assertThat(first.get()).isEqualTo("x[shared]");
      assertThat(second.get()).isEqualTo("y[shared]");
    }
    assertThat(kit.count("run shared")).isEqualTo(1);
  }

  private static void awaitWanted(Solver<Node, Text> solver, Job<Node, Text> job, int vertices)
      throws InterruptedException {
    while (solver.verticesOf(job) < vertices) {
      Thread.sleep(1);
    }
  }

  private void awaitActive(int vertices) throws InterruptedException {
    while (solver.activeVertices() < vertices) {
      Thread.sleep(1);
    }
  }

  @Test
  void cancellingOneOfTwoBuildsLeavesTheOtherWhole() throws Exception {
    Node shared = kit.node("shared").held();
    Job<Node, Text> one = GraphKit.job(solver, "one");
    try (Job<Node, Text> two = GraphKit.job(solver, "two")) {
      Future<String> first = later(one, kit.node("x", shared));
      shared.awaitEntered();
      Future<String> second = later(two, kit.node("y", shared));
      awaitActive(3);
      one.close();
      assertThatThrownBy(first::get).hasRootCauseMessage("context canceled");
      assertThat(kit.journal).doesNotContain("interrupted shared");
      shared.hold.countDown();
      assertThat(second.get()).isEqualTo("y[shared]");
    }
    assertThat(kit.count("run shared")).isEqualTo(1);
    assertThat(kit.ran()).doesNotContain("x");
  }

  @Test
  void theLastBuildToGoInterruptsTheWork() throws Exception {
    Node slow = kit.node("slow").held();
    Job<Node, Text> one = GraphKit.job(solver, "one");
    Job<Node, Text> two = GraphKit.job(solver, "two");
    Future<String> first = later(one, kit.node("x", slow));
    slow.awaitEntered();
    Future<String> second = later(two, kit.node("y", slow));
    awaitActive(3);
    one.close();
    assertThat(kit.journal).doesNotContain("interrupted slow");
    two.close();
    assertThat(kit.journal).contains("interrupted slow");
    for (Future<String> result : List.of(first, second)) {
      assertThatThrownBy(result::get)
          .cause()
          .isInstanceOfSatisfying(
              SolveException.class,
              e -> assertThat(e.category()).isEqualTo(ErrorCategory.CANCELLED));
    }
    slow.hold.countDown();
    assertThat(build(slow)).isEqualTo("slow");
  }

  @Test
  void aFailureNamesItsVertexAndIsNotCached() throws Exception {
    Node bad = kit.node("bad").fails("did not work");
    Node top = kit.node("top", bad);
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> build(top))
          .isInstanceOfSatisfying(
              SolveException.class, e -> assertThat(e.vertex()).contains(bad.vertex().digest()))
          .hasMessage("did not work");
    }
    bad.failure = java.util.Optional.empty();
    assertThat(build(top)).isEqualTo("top[bad]");
    assertThat(kit.count("run bad")).isEqualTo(3);
  }

  @Test
  void aBuildThatComesToAFailedVertexTriesItAgain() throws Exception {
    Node bad = kit.node("bad").fails("did not work");
    try (Job<Node, Text> one = GraphKit.job(solver, "one")) {
      assertThatThrownBy(() -> one.build(bad.edge()).get()).hasMessage("did not work");
      assertThatThrownBy(() -> one.build(bad.edge()).get()).hasMessage("did not work");
      assertThat(kit.count("run bad")).isEqualTo(1);
      bad.failure = java.util.Optional.empty();
      assertThat(build(bad)).isEqualTo("bad");
    }
  }

  @Test
  void oneFailingInputDoesNotWaitForTheOthers() throws Exception {
    Node slow = kit.node("slow").held();
    Node bad = kit.node("bad").fails("did not work");
    assertThatThrownBy(() -> build(kit.node("top", slow, bad))).hasMessage("did not work");
    slow.hold.countDown();
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
  void equalKeysOfDifferentVerticesRunOnce() throws Exception {
    Node one = kit.node("one").key("same").held();
    Node two = kit.node("two").key("same").held();
    try (Job<Node, Text> job = GraphKit.job(solver, "build")) {
      Future<String> first = later(job, one);
      one.awaitEntered();
      Future<String> second = later(job, two);
      awaitActive(2);
      one.hold.countDown();
      assertThat(first.get()).isEqualTo("one");
      assertThat(second.get()).isEqualTo("one");
    }
    assertThat(kit.ran()).containsExactly("one");
  }

  @Test
  void whoeverTookAnEqualVerticesOutcomeOutlivesItsBuild() throws Exception {
    Node one = kit.node("one").key("same").held();
    Node two = kit.node("two").key("same");
    Job<Node, Text> owner = GraphKit.job(solver, "owner");
    try (Job<Node, Text> other = GraphKit.job(solver, "other")) {
      Future<String> first = later(owner, one);
      one.awaitEntered();
      Future<String> second = later(other, two);
      awaitWanted(solver, other, 2);
      owner.close();
      assertThatThrownBy(first::get).hasRootCauseMessage("context canceled");
      one.hold.countDown();
      assertThat(second.get()).isIn("one", "two");
    }
    assertThat(kit.journal).doesNotContain("interrupted one");
  }

  @Test
  void consumersOfMergedVerticesMergeToo() throws Exception {
    Node one = kit.node("a1").key("a").gives("a");
    Node two = kit.node("a2").key("a").gives("a").keyHeld();
    Node top1 = kit.node("t1").key("t").input(one).gives("t").held();
    Node top2 = kit.node("t2").key("t").input(two).gives("t");
    try (Job<Node, Text> job = GraphKit.job(solver, "build")) {
      Future<String> first = later(job, top1);
      top1.awaitEntered();
      Future<String> second = later(job, top2);
      two.holdKey.countDown();
      top1.hold.countDown();
      assertThat(first.get()).isEqualTo("t");
      assertThat(second.get()).isEqualTo("t");
    }
    assertThat(kit.ran()).containsExactly("a1", "t1");
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
  void severalOutputsComeFromOneRun() throws Exception {
    Node many = kit.node("many").outputs(3);
    assertThat(build(kit.node("top").input(many, 2).input(many, 0)))
        .isEqualTo("top[many#2, many#0]");
    assertThat(kit.count("run many")).isEqualTo(1);
    kit.journal.clear();
    try (Job<Node, Text> job = GraphKit.job(solver, "build")) {
      assertThat(job.build(many.edge(2)).get().value()).isEqualTo("many#2");
      assertThat(job.build(many.edge(1)).get().value()).isEqualTo("many#1");
      assertThatThrownBy(() -> job.build(many.edge(3)).get())
          .hasMessage("invalid response from exec need 3 index but 3 results received");
    }
    assertThat(kit.journal).contains("load many#2");
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

  @Test
  void aDeepChainIsQuickAndLeavesTheStackAlone() throws Exception {
    Node last = chain(1);
    build(last);
    kit.journal.clear();
    long begin = System.nanoTime();
    assertThat(build(chain(5000))).isEqualTo("5000");
    Duration cold = Duration.ofNanos(System.nanoTime() - begin);
    assertThat(kit.ran()).hasSize(4999);
    kit.journal.clear();
    begin = System.nanoTime();
    build(chain(5000));
    Duration warm = Duration.ofNanos(System.nanoTime() - begin);
    assertThat(kit.ran()).isEmpty();
    System.out.println("chain of 5000: cold " + cold.toMillis() + " ms, cached " + warm.toMillis());
    assertThat(cold).isLessThan(Duration.ofSeconds(60));
    assertThat(warm).isLessThan(Duration.ofSeconds(30));
  }

  private Node chain(int length) {
    Node last = kit.node("n0").gives("0");
    for (int i = 1; i <= length; i++) {
      String value = Integer.toString(i);
      last = kit.node("n" + i, last).gives(value);
    }
    return last;
  }

  @Test
  void anUnknownInputEndsTheSearchWithoutWaitingForTheOthers() throws Exception {
    Node slowKey = kit.node("slowKey").keyHeld();
    Node fresh = kit.node("fresh");
    try (Job<Node, Text> job = GraphKit.job(solver, "build")) {
      Future<String> result = later(job, kit.node("top", slowKey, fresh));
      fresh.awaitEntered();
      slowKey.holdKey.countDown();
      assertThat(result.get()).isEqualTo("top[slowKey, fresh]");
    }
  }

  @Test
  void aClosedBuildRefusesWork() throws Exception {
    Job<Node, Text> job = GraphKit.job(solver, "build");
    LazyResult<Text> lazy = job.build(kit.node("a").edge());
    job.close();
    assertThatThrownBy(lazy::get).hasMessage("context canceled");
    assertThatThrownBy(() -> job.build(kit.node("b").edge())).hasMessage("context canceled");
    assertThat(kit.ran()).isEmpty();
  }

  @Test
  void nothingRunsBeforeAResultIsAskedFor() throws Exception {
    try (Job<Node, Text> job = GraphKit.job(solver, "build")) {
      LazyResult<Text> lazy = job.build(kit.node("a").edge());
      assertThat(lazy.isReady()).isFalse();
      assertThat(kit.journal).isEmpty();
      lazy.get();
      assertThat(lazy.isReady()).isTrue();
    }
  }

  @Test
  void executionsSeeTheAttachmentsOfAllTheirBuilds() throws Exception {
    Node a = kit.node("a").held();
    CompletableFuture<List<String>> seen = new CompletableFuture<>();
    Executor<Node, Text> executor =
        new Executor<>() {
          @Override
          public CacheMap<Text> cacheMap(
              Vertex<Node> vertex, ExecutionContext<Node, Text> context) {
            return new CacheMap<>(Digest.sha256("a"), List.of());
          }

          @Override
          public List<Text> execute(
              Vertex<Node> vertex, List<Text> inputs, ExecutionContext<Node, Text> context)
              throws InterruptedException {
            a.entered.countDown();
            a.hold.await();
            seen.complete(context.attachments(String.class));
            return List.of();
          }
        };
    Solver<Node, Text> own =
        new Solver<>(executor, kit.resultType(), kit.cache, SolverOptions.DEFAULT);
    try (Job<Node, Text> one = GraphKit.job(own, "one");
        Job<Node, Text> two = GraphKit.job(own, "two")) {
      threads.submit(() -> one.build(a.edge()).get());
      a.awaitEntered();
      threads.submit(() -> two.build(a.edge()).get());
      awaitWanted(own, two, 1);
      a.hold.countDown();
      assertThat(seen.get(60, TimeUnit.SECONDS)).containsExactly("one", "two");
    }
  }

  @Test
  void aSlowOperationsRecordIsPersistedBeforeAnythingIsBuiltUponIt() throws Exception {
    List<String> order = Collections.synchronizedList(new ArrayList<>());
    CacheStorage memory = new InMemoryCacheStorage();
    CacheStorage records =
        (CacheStorage)
            Proxy.newProxyInstance(
                CacheStorage.class.getClassLoader(),
                new Class<?>[] {CacheStorage.class},
                (proxy, method, arguments) -> {
                  if (method.getName().equals("persist")) {
                    order.add("persist");
                  }
                  return method.invoke(memory, arguments);
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

  /**
   * Random graphs under a shaken schedule give what a plain evaluation gives, each vertex once, and
   * leak nothing.
   */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
  void randomGraphsUnderASeededSchedule(long seed) throws Exception {
    Random schedule = new Random(seed);
    solver =
        kit.solver(
            new SolverOptions(
                (int) (seed % 4),
                point -> {
                  long nanos;
                  synchronized (schedule) {
                    nanos = schedule.nextInt(4) == 0 ? schedule.nextInt(300_000) : 0;
                  }
                  if (nanos > 0) {
                    LockSupport.parkNanos(nanos);
                  }
                }));
    Random random = new Random(seed);
    List<Node> nodes = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      Node node = kit.node("n" + i).salt("" + seed);
      for (int k = random.nextInt(4); k > 0 && i > 0; k--) {
        node.input(nodes.get(random.nextInt(i)));
        if (random.nextInt(3) == 0) {
          node.byContent();
        }
      }
      node.computes(arguments -> Digest.sha256(node.name + arguments).encoded().substring(0, 8));
      nodes.add(node);
    }
    List<String> expected = nodes.stream().map(SolverTest::evaluate).toList();
    List<Job<Node, Text>> jobs = new ArrayList<>();
    List<Future<String>> results = new ArrayList<>();
    List<Integer> wanted = new ArrayList<>();
    for (int j = 0; j < 8; j++) {
      Job<Node, Text> job = GraphKit.job(solver, "j" + j);
      jobs.add(job);
      int node = 30 + random.nextInt(30);
      wanted.add(node);
      results.add(later(job, nodes.get(node)));
    }
    for (int j = 0; j < 8; j++) {
      if (j % 3 == 2) {
        jobs.get(j).close();
      }
    }
    for (int j = 0; j < 8; j++) {
      if (j % 3 == 2) {
        try {
          assertThat(results.get(j).get()).isEqualTo(expected.get(wanted.get(j)));
        } catch (ExecutionException e) {
          assertThat(e).hasRootCauseMessage("context canceled");
        }
      } else {
        assertThat(results.get(j).get()).isEqualTo(expected.get(wanted.get(j)));
      }
    }
    jobs.forEach(Job::close);
    kit.journal.clear();
    for (int j = 0; j < 8; j++) {
      if (j % 3 != 2) {
        assertThat(build(nodes.get(wanted.get(j)))).isEqualTo(expected.get(wanted.get(j)));
      }
    }
    assertThat(kit.ran()).isEmpty();
  }

  private static String evaluate(Node node) {
    return node.function.apply(
        node.inputs.stream().map(edge -> evaluate(edge.vertex().operation())).toList());
  }
}
