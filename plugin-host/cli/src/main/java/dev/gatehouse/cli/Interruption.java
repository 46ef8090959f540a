package dev.gatehouse.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Ctrl-C for a command that builds: its thread is interrupted, so that the daemon hears of it and
 * the terminal is left in order, and the process waits a little for that.
 */
final class Interruption implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 3;

  private final CountDownLatch over = new CountDownLatch(1);

  private Interruption() {}

  /** Interrupts this thread when the process is asked to end before {@link #close}. */
  static Interruption of(Thread worker) {
    Interruption interruption = new Interruption();
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> interruption.interrupt(worker), "interrupt"));
    return interruption;
  }

  private void interrupt(Thread worker) {
    if (over.getCount() > 0) {
      worker.interrupt();
      try {
        over.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public void close() {
    over.countDown();
  }
}
