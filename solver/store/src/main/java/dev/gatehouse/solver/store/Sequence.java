package dev.gatehouse.solver.store;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The order in which records became durable to this process. A checkpoint remembers the highest
 * number whose files are synced: after the machine (not the process) died, what is above it is
 * dropped.
 */
final class Sequence {
  private final AtomicLong last;

  Sequence(long last) {
    this.last = new AtomicLong(last);
  }

  long next() {
    return last.incrementAndGet();
  }

  long last() {
    return last.get();
  }
}
