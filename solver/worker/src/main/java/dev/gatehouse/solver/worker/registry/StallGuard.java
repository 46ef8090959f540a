package dev.gatehouse.solver.worker.registry;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * Ends a read that gets nothing for a minute: a server that stalls is a cut stream. The JDK's
 * client knows a timeout for the head of an answer only.
 */
public final class StallGuard extends FilterInputStream {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final ScheduledExecutorService CLOCK =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("stall-guard").factory());

  private final ScheduledFuture<?> check;
  private volatile long reading; // Since when a read waits, in nanoseconds; 0 for not.
  private volatile boolean stalled;

  public StallGuard(InputStream in) {
    super(in);
    this.check = CLOCK.scheduleWithFixedDelay(this::look, 5, 5, TimeUnit.SECONDS);
  }

  private void look() {
    long since = reading;
    if (since != 0 && System.nanoTime() - since > LIMIT.toNanos()) {
      stalled = true;
      Thread.startVirtualThread(() -> {
        try {
          in.close();
        } catch (IOException e) {
          return; // The reader finds out.
        }
      });
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] b, int off, int len) throws IOException {
    reading = System.nanoTime() | 1;
    try {
      int n = super.read(b, off, len);
      if (stalled) {
        throw new IOException("nothing received for " + LIMIT.toSeconds() + " seconds");
      }
      return n;
    } catch (IOException e) {
      throw stalled
          ? new IOException("nothing received for " + LIMIT.toSeconds() + " seconds", e)
          : e;
    } finally {
      reading = 0;
    }
  }

  @Override
  public void close() throws IOException {
    check.cancel(false);
    super.close();
  }
}
