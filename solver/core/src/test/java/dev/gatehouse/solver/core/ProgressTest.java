package dev.gatehouse.solver.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.solver.core.GraphKit.Node;
import dev.gatehouse.solver.core.GraphKit.Text;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class ProgressTest {
  private final GraphKit kit = new GraphKit();
  private final Solver<Node, Text> solver = kit.solver();

  private List<String> events(Node... nodes) throws Exception {
    List<ProgressEvent> events = Collections.synchronizedList(new ArrayList<>());
    try (Job<Node, Text> job = solver.job("j", events::add, List.of(), List.of())) {
      for (Node node : nodes) {
        job.build(node.edge()).get();
      }
    }
    return describe(events, nodes);
  }

  private static List<String> describe(List<ProgressEvent> events, Node... nodes) {
    List<String> described = new ArrayList<>();
    for (ProgressEvent event : events) {
      String name = event.vertex().encoded().substring(0, 6);
      for (Node node : nodes) {
        name = find(node, event.vertex(), name);
      }
      described.add(
          switch (event) {
            case ProgressEvent.VertexAdded added -> "add " + name;
            case ProgressEvent.VertexStarted started ->
                (started.cached() ? "start cached " : "start ") + name;
            case ProgressEvent.VertexCompleted completed ->
                (completed.cached() ? "end cached " : "end ")
                    + name
                    + completed.error().map(error -> ": " + error).orElse("");
            case ProgressEvent.VertexStatus status -> "status " + name;
            case ProgressEvent.VertexLog log -> "log " + name;
            case ProgressEvent.VertexWarning warning -> "warn " + name;
          });
    }
    return described;
  }

  private static String find(Node node, Digest vertex, String name) {
    if (node.vertex().digest().equals(vertex)) {
      return node.name;
    }
    for (Edge<Node> input : node.inputs) {
      name = find(input.vertex().operation(), vertex, name);
    }
    return name;
  }

  @Test
  void eachVertexIsAnnouncedStartedAndEnded() throws Exception {
    assertThat(events(kit.node("b", kit.node("a"))))
        .containsExactly(
            "add a", "add b", "start a", "end a", "start a", "end a", "start b", "end b");
  }

  @Test
  void whatWasNotLookedAtIsReportedAsCachedWithWhatWasLoaded() throws Exception {
    Node c = kit.node("c", kit.node("b", kit.node("a")));
    events(c);
    assertThat(events(c))
        .containsExactly(
            "add a",
            "add b",
            "add c",
            "start a",
            "end a",
            "start cached b",
            "end cached b",
            "start cached c",
            "end cached c");
  }

  @Test
  void inputsAreAnnouncedInTheirOrderAndBeforeWhatTakesThem() throws Exception {
    Node a = kit.node("a");
    Node b = kit.node("b", a);
    Node c = kit.node("c");
    Node d = kit.node("d", b, c, a);
    assertThat(events(d)).startsWith("add a", "add b", "add c", "add d");
    assertThat(events(d))
        .containsSubsequence("start cached b", "start cached d")
        .startsWith("add a", "add b", "add c", "add d");
  }

  @Test
  void aFailureIsReportedOnce() {
    List<ProgressEvent> events = Collections.synchronizedList(new ArrayList<>());
    Node bad = kit.node("bad", kit.node("a")).fails("did not work");
    try (Job<Node, Text> job = solver.job("j", events::add, List.of(), List.of())) {
      assertThatThrownBy(() -> job.build(kit.node("top", bad).edge()).get())
          .hasMessage("did not work");
    }
    assertThat(describe(events, bad))
        .filteredOn(event -> event.contains("bad"))
        .containsExactly("add bad", "start bad", "end bad: did not work");
  }

  @Test
  void aBuildThatComesLaterIsToldWhatItMissed() throws Exception {
    Node slow = kit.node("slow").held();
    List<ProgressEvent> first = Collections.synchronizedList(new ArrayList<>());
    List<ProgressEvent> second = Collections.synchronizedList(new ArrayList<>());
    try (Job<Node, Text> one = solver.job("one", first::add, List.of(), List.of());
        Job<Node, Text> two = solver.job("two", second::add, List.of(), List.of())) {
      LazyResult<Text> result = one.build(slow.edge());
      Thread waiting =
          Thread.startVirtualThread(() -> {
            try {
              result.get();
            } catch (SolveException | InterruptedException e) {
              throw new AssertionError(e);
            }
          });
      slow.awaitEntered();
      two.build(slow.edge());
      assertThat(describe(second, slow)).isEqualTo(describe(first, slow));
      assertThat(describe(second, slow)).endsWith("start slow");
      slow.hold.countDown();
      waiting.join();
      assertThat(describe(second, slow)).endsWith("start slow", "end slow");
    }
  }

  @Test
  void whatWasCancelledIsReportedSo() throws Exception {
    Node slow = kit.node("slow").held();
    List<ProgressEvent> events = Collections.synchronizedList(new ArrayList<>());
    Job<Node, Text> job = solver.job("one", events::add, List.of(), List.of());
    LazyResult<Text> result = job.build(slow.edge());
    Thread waiting =
        Thread.startVirtualThread(() -> {
          try {
            result.get();
          } catch (SolveException | InterruptedException e) {
            assertThat(e).hasMessage("context canceled");
          }
        });
    slow.awaitEntered();
    job.close();
    waiting.join();
    assertThat(describe(events, slow)).endsWith("end slow: context canceled");
  }
}
