package dev.gatehouse.solver.store;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;

/** Runs a task once for all who want it at the same time. */
final class SingleFlight<K> {
  private final Map<K, CompletableFuture<Boolean>> flights = new ConcurrentHashMap<>();

  interface Task {
    void run() throws IOException, InterruptedException;
  }

  /**
   * Runs the task, or waits for whoever runs it. When that one is interrupted, one of those who
   * wait takes over.
   */
  void run(K key, Task task) throws IOException, InterruptedException {
    while (true) {
      CompletableFuture<Boolean> mine = new CompletableFuture<>();
      CompletableFuture<Boolean> other = flights.putIfAbsent(key, mine);
      if (other == null) {
        try {
          task.run();
          mine.complete(true);
          return;
        } catch (Throwable t) {
          mine.completeExceptionally(isInterruption(t) ? new InterruptedException() : t);
          throw t;
        } finally {
          flights.remove(key, mine);
        }
      }
      try {
        other.get();
        return;
      } catch (ExecutionException e) {
        switch (e.getCause()) {
          case InterruptedException i -> {} // Not ours: try again.
          case IOException io -> throw io;
          case RuntimeException r -> throw r;
          case Error r -> throw r;
          case null, default -> throw new IllegalStateException(e.getCause());
        }
      }
    }
  }

  /** How many wait for whoever runs the task of a key. */
  int waiting(K key) {
    CompletableFuture<Boolean> flight = flights.get(key);
    return flight == null ? 0 : flight.getNumberOfDependents();
  }

  /** Whether it was interrupted, in whatever words the call that it stood in says so. */
  private static boolean isInterruption(Throwable t) {
    return t instanceof InterruptedException
        || t instanceof ClosedByInterruptException
        || Thread.currentThread().isInterrupted();
  }
}
