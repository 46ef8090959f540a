package dev.gatehouse.solver.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.solver.core.GraphKit.Node;
import dev.gatehouse.solver.core.GraphKit.Text;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Builds side by side: what they share, and what is left when one goes. */
@Timeout(120)
class SolverSharingTest extends SolverKit {
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
    List<String> expected = nodes.stream().map(SolverSharingTest::evaluate).toList();
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
