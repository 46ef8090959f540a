package dev.gatehouse.solver.exec;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class ClippedLogTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private long now;

  private ClippedLog log(long size, long speed) {
    return new ClippedLog(out::write, size, speed, () -> now);
  }

  private static void write(ClippedLog log, String text) throws Exception {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    log.write(bytes, 0, bytes.length);
  }

  @Test
  void shortLogsPass() throws Exception {
    ClippedLog log = log(100, -1);
    write(log, "hello\n");
    log.flushTail();
    assertThat(out).hasToString("hello\n");
  }

  @Test
  void longLogsAreMarkedOnceAndTheirEndIsKept() throws Exception {
    ClippedLog log = log(8, -1);
    write(log, "0123");
    write(log, "456789");
    write(log, "abc");
    assertThat(out).hasToString("01234567\n[output clipped, log limit 8B reached]\n");
    out.reset();
    log.flushTail();
    assertThat(out).hasToString("456789abc");
  }

  @Test
  void fastLogsAreClippedUntilTimeHasPassed() throws Exception {
    now = 1;
    ClippedLog log = new ClippedLog(out::write, -1, 1024, () -> now++);
    write(log, "x".repeat(1500));
    assertThat(out.toString(StandardCharsets.UTF_8))
        .isEqualTo("x".repeat(1024) + "\n[output clipped, log limit 1KiB/s reached]\n");
    out.reset();
    now += 2_000_000_000L;
    write(log, "later");
    assertThat(out).hasToString("later");
  }

  @Test
  void theEndIsBounded() throws Exception {
    ClippedLog log = log(1, -1);
    for (int i = 0; i < 300; i++) {
      write(log, String.format(Locale.ROOT, "%1023d\n", i));
    }
    out.reset();
    log.flushTail();
    assertThat(out.size()).isEqualTo(ClippedLog.TAIL);
    assertThat(out.toString(StandardCharsets.UTF_8)).endsWith(" 299\n").contains(" 44\n");
  }
}
