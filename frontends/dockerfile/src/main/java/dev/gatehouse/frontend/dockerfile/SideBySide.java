package dev.gatehouse.frontend.dockerfile;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Tasks that are done at the same time, here and in threads that help.
 *
 * <p>Whoever asks for a result that no thread has begun with computes it itself: quick answers are
 * had before a thread wakes up, and slow ones wait for each other only where threads run out.
 * {@link #close} cancels what is not done.
 *
 * @param <T> what a task results in
 */
public final class SideBySide<T> implements AutoCloseable {
  private static final int MAX_HELPERS = 7;

  /** Threads that go away soon after nothing is left to do. */
  private static final Executor HELPERS =
      new ThreadPoolExecutor(
          0,
          Integer.MAX_VALUE,
          5,
          TimeUnit.SECONDS,
          new SynchronousQueue<>(),
          work -> {
            Thread thread = new Thread(work, "side-by-side");
            thread.setDaemon(true);
            return thread;
          });

  private final List<FutureTask<T>> tasks = new ArrayList<>();

  /** Begins with the tasks. */
  public SideBySide(List<? extends Callable<T>> work) {
    work.forEach(task -> tasks.add(new FutureTask<>(task::call)));
    Queue<FutureTask<T>> waiting = new ConcurrentLinkedQueue<>(tasks);
    for (int i = 1; i < Math.min(MAX_HELPERS + 1, tasks.size()); i++) {
      HELPERS.execute(() -> runAll(waiting));
    }
  }

  private static <T> void runAll(Queue<FutureTask<T>> tasks) {
    for (FutureTask<T> task = tasks.poll(); task != null; task = tasks.poll()) {
      task.run();
    }
  }

  /**
   * The result of a task.
   *
   * @throws ExecutionException with what the task threw, unless it was interrupted
   */
  public T get(int index) throws ExecutionException, InterruptedException {
    FutureTask<T> task = tasks.get(index);
    // Does nothing if another thread took it.
    task.run();
    try {
      return task.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof InterruptedException) {
        throw new InterruptedException("interrupted in a task");
      }
      throw e;
    }
  }

  @Override
  public void close() {
    tasks.forEach(task -> task.cancel(true));
  }
}
