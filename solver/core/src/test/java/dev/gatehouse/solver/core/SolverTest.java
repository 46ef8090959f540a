package dev.gatehouse.solver.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.solver.core.GraphKit.Node;
import dev.gatehouse.solver.core.GraphKit.Text;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is run, in which order and how many at once, and what fails. */
@Timeout(120)
class SolverTest extends SolverKit {
  @Test
  void runsInputsOnceAndBeforeWhatTakesThem() throws Exception {
    Node a = kit.node("a");
    Node b = kit.node("b", a);
    Node c = kit.node("c", a);
    assertThat(build(kit.node("d", b, c))).isEqualTo("d[b[a], c[a]]");
    assertThat(kit.ran()).containsExactly("a", "b", "c", "d");
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
  void oneFailingInputDoesNotWaitForTheOthers() throws Exception {
    Node slow = kit.node("slow").held();
    Node bad = kit.node("bad").fails("did not work");
    assertThatThrownBy(() -> build(kit.node("top", slow, bad))).hasMessage("did not work");
    slow.hold.countDown();
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
}
