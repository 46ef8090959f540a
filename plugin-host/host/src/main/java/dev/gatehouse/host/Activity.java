package dev.gatehouse.host;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * When a build's frontends last had the host work for them; tells one that thinks from one that
 * hangs.
 */
final class Activity {
  private final AtomicInteger underWay = new AtomicInteger();
  private final AtomicLong last = new AtomicLong(System.nanoTime());

  /** A call while it lasts. */
  final class Call implements AutoCloseable {
    private Call() {
      underWay.incrementAndGet();
    }

    @Override
    public void close() {
      last.set(System.nanoTime());
      underWay.decrementAndGet();
    }
  }

  Call call() {
    return new Call();
  }

  /** Time since the host last worked for a frontend; zero while it does. */
  Duration idle() {
    return underWay.get() > 0 ? Duration.ZERO : Duration.ofNanos(System.nanoTime() - last.get());
  }
}
