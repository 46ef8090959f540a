package dev.gatehouse.solver.worker.cache;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;

/** Runs transfers side by side. */
final class Parallel {
  private static final int TRANSFERS = 4;

  private Parallel() {}

  /** Runs all; returns when all have ended, with the first failure if there is one. */
  static void run(List<Callable<Boolean>> work) throws IOException, InterruptedException {
    Semaphore permits = new Semaphore(TRANSFERS);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Boolean>> running = new ArrayList<>();
      for (Callable<Boolean> one : work) {
        running.add(
            threads.submit(() -> {
              permits.acquire();
              try {
                return one.call();
              } finally {
                permits.release();
              }
            }));
      }
      try {
        for (Future<Boolean> one : running) {
          one.get();
        }
      } catch (ExecutionException e) {
        throw switch (e.getCause()) {
          case IOException failure -> failure;
          case RuntimeException failure -> throw failure;
          case InterruptedException failure -> throw failure;
          case null, default -> new IOException(String.valueOf(e.getCause()), e.getCause());
        };
      } finally {
        running.forEach(one -> one.cancel(true));
      }
    }
  }
}
