package dev.gatehouse.solver.core;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A computation that runs at most once, on a virtual thread of its vertex, whoever and however many
 * ask for it. A failure is an outcome like any other; the owner replaces the task to try again.
 */
final class Task<T> {
  private final ActiveVertex<?, ?> owner;
  private final String name;
  private final Work<T> work;
  private final AtomicBoolean started = new AtomicBoolean();
  private final CompletableFuture<T> outcome = new CompletableFuture<>();

  Task(ActiveVertex<?, ?> owner, String name, Work<T> work) {
    this.owner = owner;
    this.name = name;
    this.work = work;
  }

  /** Begins the computation unless it has begun; does not wait. */
  Task<T> start() {
    if (started.compareAndSet(false, true) && !owner.run(name, this::run)) {
      outcome.completeExceptionally(cancelled());
    }
    return this;
  }

  private void run() {
    try {
      outcome.complete(work.run());
    } catch (SolveException e) {
      outcome.completeExceptionally(e);
    } catch (InterruptedException e) {
      outcome.completeExceptionally(cancelled());
    } catch (RuntimeException | Error e) {
      String message = e.getMessage() == null ? e.toString() : e.getMessage();
      outcome.completeExceptionally(
          new SolveException("internal", ErrorCategory.INTERNAL, message, e)
              .at(owner.vertex().digest()));
    }
  }

  static SolveException cancelled() {
    return new SolveException("cancelled", ErrorCategory.CANCELLED, "context canceled");
  }

  boolean hasFailed() {
    return outcome.isCompletedExceptionally();
  }

  boolean isDone() {
    return outcome.isDone();
  }

  /** The outcome if it is there and not a failure. */
  @Nullable T peek() {
    return outcome.isDone() && !outcome.isCompletedExceptionally() ? outcome.getNow(null) : null;
  }

  /**
   * Waits for the outcome, beginning the computation if nobody has. A thread that works for the
   * same vertex computes it itself: it has nothing else to do, and a thread more for each stage of
   * each vertex is what a long chain of quick vertices would spend its time on.
   */
  T get() throws SolveException, InterruptedException {
    if (!started.get() && owner.isWorkedOnHere() && started.compareAndSet(false, true)) {
      run();
    } else {
      start();
    }
    return await(outcome);
  }

  /**
   * Waits like {@link #get} but no longer than until {@code end} completes; then fails as
   * cancelled.
   */
  T get(CompletableFuture<?> end) throws SolveException, InterruptedException {
    start();
    if (!outcome.isDone()) {
      try {
        CompletableFuture.anyOf(outcome, end).get();
      } catch (ExecutionException e) {
        // The outcome is a failure; reported below.
        if (!outcome.isDone()) {
          throw new IllegalStateException(e);
        }
      }
      if (!outcome.isDone()) {
        throw cancelled();
      }
    }
    return await(outcome);
  }

  private static <T> T await(CompletableFuture<T> outcome)
      throws SolveException, InterruptedException {
    try {
      return outcome.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof SolveException failure) {
        throw failure;
      }
      throw new IllegalStateException(e);
    }
  }

  /**
   * Waits for tasks in the order in which they end.
   *
   * @param receiver takes the position and outcome of each; answers false to stop waiting
   */
  static <T> void inOrderOfEnd(List<Task<T>> tasks, Receiver<T> receiver)
      throws SolveException, InterruptedException {
    if (tasks.size() == 1) {
      receiver.accept(0, tasks.getFirst().get());
      return;
    }
    LinkedBlockingQueue<Integer> ended = new LinkedBlockingQueue<>();
    for (int i = 0; i < tasks.size(); i++) {
      int position = i;
      tasks.get(i).start().outcome.whenComplete((result, failure) -> ended.add(position));
    }
    for (int i = 0; i < tasks.size(); i++) {
      int position = ended.take();
      if (!receiver.accept(position, tasks.get(position).get())) {
        return;
      }
    }
  }

  /** What a task computes. */
  @FunctionalInterface
  interface Work<T> {
    T run() throws SolveException, InterruptedException;
  }

  /** Takes outcomes of several tasks. */
  @FunctionalInterface
  interface Receiver<T> {
    boolean accept(int position, T outcome) throws SolveException, InterruptedException;
  }
}
