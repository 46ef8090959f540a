package dev.gatehouse.solver.core;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** What the execution of an active vertex can reach. */
final class VertexContext<O, R> implements ExecutionContext<O, R> {
  private final Solver<O, R> solver;
  private final ActiveVertex<O, R> active;
  private final Map<Class<?>, Object> states = new HashMap<>();
  private final Deque<Runnable> cleanups = new ArrayDeque<>();

  VertexContext(Solver<O, R> solver, ActiveVertex<O, R> active) {
    this.solver = solver;
    this.active = active;
  }

  @Override
  public Vertex<O> vertex() {
    return active.vertex();
  }

  @Override
  public VertexProgress progress() {
    return new VertexProgress(active.vertex().digest(), active.log());
  }

  @Override
  public <T> List<T> attachments(Class<T> type) {
    Set<T> found = new LinkedHashSet<>();
    solver.lock.lock();
    try {
      for (Job<O, R> job : active.jobs) {
        for (Object attachment : job.attachments()) {
          if (type.isInstance(attachment)) {
            found.add(type.cast(attachment));
          }
        }
      }
    } finally {
      solver.lock.unlock();
    }
    return List.copyOf(found);
  }

  @Override
  public R build(Edge<O> edge) throws SolveException, InterruptedException {
    ActiveEdge<O, R> nested = solver.load(edge, active);
    if (solver.permits().isEmpty()) {
      return nested.completion().get().result();
    }
    solver.permits().get().release();
    try {
      return nested.completion().get().result();
    } finally {
      // Taken back even when interrupted: whoever runs this vertex releases it once more.
      solver.permits().get().acquireUninterruptibly();
    }
  }

  @Override
  public <T> T state(Class<T> type, Supplier<T> create) {
    synchronized (states) {
      Object known = states.get(type);
      if (known == null) {
        known = create.get();
        states.put(type, known);
      }
      return type.cast(known);
    }
  }

  @Override
  public void onRelease(Runnable cleanup) {
    synchronized (cleanups) {
      cleanups.push(cleanup);
    }
  }

  /**
   * Runs the cleanups, the last added first; one that fails does not keep the others from running.
   */
  void release() {
    RuntimeException failure = null;
    while (true) {
      Runnable cleanup;
      synchronized (cleanups) {
        cleanup = cleanups.poll();
      }
      if (cleanup == null) {
        break;
      }
      try {
        cleanup.run();
      } catch (RuntimeException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
