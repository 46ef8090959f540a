package dev.gatehouse.solver.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.llb.Constraints;
import dev.gatehouse.llb.FileAction;
import dev.gatehouse.llb.FileOptions;
import dev.gatehouse.llb.MarshalOptions;
import dev.gatehouse.llb.State;
import dev.gatehouse.solver.core.ProgressEvent;
import dev.gatehouse.solver.store.LocalMount;
import dev.gatehouse.solver.worker.session.SessionGroup;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A long chain of file operations, built once: afterwards each of its vertices is cached, also
 * after a restart. It prints what that took; the aims are 5 ms a vertex and 0.3 ms where it is
 * cached.
 */
@Timeout(180)
class ManyVerticesIT {
  private static final int VERTICES = 300;
  // The first vertex says that its key was computed, the others that they were found.
  private static final int CACHED = VERTICES - 1;

  @TempDir Path directory;

  @Test
  void aChainOfFileOperations() throws Exception {
    TestMachine.needsRoot();
    State state = State.scratch();
    for (int i = 0; i < VERTICES; i++) {
      state =
          state.file(
              FileAction.mkfile(
                  "/f" + i,
                  0644,
                  Integer.toString(i).getBytes(StandardCharsets.UTF_8),
                  FileOptions.NONE),
              Constraints.NONE);
    }
    byte[] definition = state.marshal(MarshalOptions.defaults()).toBytes();
    Duration cold;
    Duration cached;
    Duration restarted;
    try (Worker worker = Worker.open(WorkerConfig.of(directory.resolve("worker")))) {
      cold = solve(worker, definition, 0);
      cached = solve(worker, definition, CACHED);
    }
    try (Worker worker = Worker.open(WorkerConfig.of(directory.resolve("worker")))) {
      restarted = solve(worker, definition, CACHED);
    }
    System.out.printf(
        "%d file operations: cold %d ms, cached %d ms, after a restart %d ms%n",
        VERTICES, cold.toMillis(), cached.toMillis(), restarted.toMillis());
  }

  private static Duration solve(Worker worker, byte[] definition, int fromCache) throws Exception {
    BuildEvents events = new BuildEvents();
    long begin = System.nanoTime();
    try (Build build = worker.build(new BuildRequest(BuildFacts.NONE, SessionGroup.NONE, events))) {
      var result = build.solve(definition).evaluate();
      Duration took = Duration.ofNanos(System.nanoTime() - begin);
      try (LocalMount mount = result.reference().orElseThrow().localMount(true)) {
        assertThat(Files.readString(mount.path().resolve("f0"))).isEqualTo("0");
        assertThat(Files.exists(mount.path().resolve("f" + (VERTICES - 1)))).isTrue();
      }
      assertThat(events.list())
          .filteredOn(event -> event instanceof ProgressEvent.VertexCompleted end && end.cached())
          .hasSize(fromCache);
      return took;
    }
  }
}
