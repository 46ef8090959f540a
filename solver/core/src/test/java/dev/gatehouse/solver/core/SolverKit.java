package dev.gatehouse.solver.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.solver.core.GraphKit.Node;
import dev.gatehouse.solver.core.GraphKit.Text;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;

/** A solver over a {@link GraphKit}, which nothing may be left in. */
@Timeout(120)
abstract class SolverKit {
  final GraphKit kit = new GraphKit();
  final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  Solver<Node, Text> solver = kit.solver();

  @AfterEach
  void nothingIsLeft() {
    threads.shutdownNow();
    assertThat(solver.activeVertices()).isZero();
    assertThat(kit.leaked()).isEmpty();
  }

  String build(Node node) throws Exception {
    try (Job<Node, Text> job = GraphKit.job(solver, "build")) {
      return job.build(node.edge()).get().value();
    }
  }

  /** Joins the build at once and waits for the result on another thread. */
  Future<String> later(Job<Node, Text> job, Node node) throws SolveException {
    LazyResult<Text> result = job.build(node.edge());
    return threads.submit(() -> result.get().value());
  }

  static void awaitWanted(Solver<Node, Text> solver, Job<Node, Text> job, int vertices)
      throws InterruptedException {
    while (solver.verticesOf(job) < vertices) {
      Thread.sleep(1);
    }
  }

  void awaitActive(int vertices) throws InterruptedException {
    while (solver.activeVertices() < vertices) {
      Thread.sleep(1);
    }
  }
}
