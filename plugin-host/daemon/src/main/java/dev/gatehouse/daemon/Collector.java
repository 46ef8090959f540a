package dev.gatehouse.daemon;

import dev.gatehouse.solver.store.GcPolicy;
import dev.gatehouse.solver.worker.Worker;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Collects garbage a moment after builds, at most once a minute, and never twice at once: on disk
 * what policies do not keep, and in memory what the builds left, so that an idle daemon is a small
 * one.
 */
final class Collector {
  private static final Logger log = LoggerFactory.getLogger(Collector.class);
  private static final Duration DELAY = Duration.ofSeconds(1);
  private static final Duration INTERVAL = Duration.ofMinutes(1);

  private final Worker worker;
  private final List<GcPolicy> policies;
  private final Semaphore wanted = new Semaphore(0);
  private final Thread thread;

  Collector(Worker worker, List<GcPolicy> policies) {
    this.worker = worker;
    this.policies = policies;
    thread = Thread.ofVirtual().name("garbage collection").start(this::work);
  }

  /** Asks for a collection. */
  void request() {
    wanted.release();
  }

  private void work() {
    long last = System.nanoTime() - INTERVAL.toNanos();
    try {
      while (true) {
        wanted.acquire();
        TimeUnit.NANOSECONDS.sleep(DELAY.toNanos());
        wanted.drainPermits();
        if (!policies.isEmpty() && System.nanoTime() - last >= INTERVAL.toNanos()) {
          collect();
          last = System.nanoTime();
        }
        System.gc(); // gives the heap that a build needed back to the machine
      }
    } catch (InterruptedException e) {
      log.debug("garbage collection ends");
    }
  }

  private void collect() throws InterruptedException {
    long[] sum = new long[2];
    try {
      worker.prune(
          policies,
          usage -> {
            sum[0]++;
            sum[1] += usage.size();
          });
      if (sum[0] > 0) {
        log.info("collected {} records, {} bytes", sum[0], sum[1]);
      }
    } catch (IOException | RuntimeException e) {
      log.error("garbage collection failed", e);
    }
  }

  void close() throws InterruptedException {
    thread.interrupt();
    thread.join(Duration.ofSeconds(10));
  }
}
