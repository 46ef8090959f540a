package dev.gatehouse.daemon.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.core.ProgressEvent;
import dev.gatehouse.solver.core.ProgressEvent.VertexAdded;
import dev.gatehouse.solver.core.ProgressEvent.VertexCompleted;
import dev.gatehouse.solver.core.ProgressEvent.VertexStarted;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class StatusEncoderTest {
  private static final Instant AT = Instant.ofEpochSecond(1_700_000_000);
  private static final Digest IMAGE = Digest.sha256("image");
  private static final Digest RUN = Digest.sha256("run");

  private final StatusEncoder encoder = new StatusEncoder();

  @Test
  void aVertexThatCompletesTwiceCountsOnce() {
    encoder.encode(
        List.of(
            added(IMAGE),
            added(RUN),
            new VertexStarted(IMAGE, AT, false),
            completed(IMAGE, true),
            new VertexStarted(IMAGE, AT, false),
            completed(IMAGE, true),
            new VertexStarted(RUN, AT, false)));

    assertThat(encoder.total()).isEqualTo(2);
    assertThat(encoder.completed()).isEqualTo(1);
    assertThat(encoder.cached()).isEqualTo(1);

    encoder.encode(List.of(new VertexStarted(IMAGE, AT, false), completed(IMAGE, false)));

    assertThat(encoder.completed()).isEqualTo(1);
    assertThat(encoder.cached()).isZero();
  }

  private static ProgressEvent added(Digest vertex) {
    return new VertexAdded(vertex, "a step", List.of(), Optional.empty());
  }

  private static ProgressEvent completed(Digest vertex, boolean cached) {
    return new VertexCompleted(vertex, AT, AT, cached, Optional.empty());
  }
}
