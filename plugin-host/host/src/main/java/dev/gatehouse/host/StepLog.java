package dev.gatehouse.host;

import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.core.ProgressEvent;
import dev.gatehouse.solver.core.ProgressSink;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Output that people see as a step of its own; without output there is no step. */
final class StepLog implements AutoCloseable {
  private static final int MAX_BYTES = 2 << 20;
  private static final int TAIL = 2000;

  private final ProgressSink sink;
  private final String name;
  private final Digest vertex = Digest.sha256(UUID.randomUUID().toString());
  private final StringBuilder tail = new StringBuilder();

  // guarded by this
  private @Nullable Instant started;
  private int shown;

  StepLog(ProgressSink sink, String name) {
    this.sink = sink;
    this.name = name;
  }

  synchronized void write(byte[] data, int offset, int length) {
    Instant now = Instant.now();
    if (started == null) {
      started = now;
      sink.accept(new ProgressEvent.VertexAdded(vertex, name, List.of(), Optional.empty()));
      sink.accept(new ProgressEvent.VertexStarted(vertex, now, false));
    }
    tail.append(new String(data, offset, length, StandardCharsets.UTF_8));
    if (tail.length() > TAIL) {
      tail.delete(0, tail.length() - TAIL);
    }
    int count = Math.min(length, MAX_BYTES - shown);
    if (count > 0) {
      shown += count;
      sink.accept(
          new ProgressEvent.VertexLog(
              vertex, now, 2, Arrays.copyOfRange(data, offset, offset + count)));
    }
  }

  /** The last line that is not blank, empty if there is none. */
  synchronized String lastLine() {
    return tail.toString().lines().filter(l -> !l.isBlank()).reduce("", (a, b) -> b.strip());
  }

  @Override
  public synchronized void close() {
    if (started != null) {
      sink.accept(
          new ProgressEvent.VertexCompleted(
              vertex, started, Instant.now(), false, Optional.empty()));
    }
  }
}
