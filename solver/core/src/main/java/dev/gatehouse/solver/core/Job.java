package dev.gatehouse.solver.core;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * One build. What it evaluates it may share with other builds; closing it gives up its interest,
 * which ends the work that no other build wants.
 */
public final class Job<O, R> implements AutoCloseable {
  private final Solver<O, R> solver;
  private final String id;
  private final List<Object> attachments;
  private final List<Cache<R>> caches;
  private final JobProgress progress;
  private final CompletableFuture<Void> closed = new CompletableFuture<>();

  /** Guarded by the solver's lock. */
  final Set<ActiveVertex<O, R>> vertices = new LinkedHashSet<>();

  Job(
      Solver<O, R> solver,
      String id,
      ProgressSink sink,
      List<Object> attachments,
      List<Cache<R>> caches) {
    this.solver = solver;
    this.id = id;
    this.attachments = List.copyOf(attachments);
    this.caches = new CopyOnWriteArrayList<>(caches);
    this.progress = new JobProgress(sink);
  }

  public String id() {
    return id;
  }

  /**
   * Makes the edge and all it depends on part of this build. Nothing runs until the result is asked
   * for.
   *
   * @throws SolveException with category CANCELLED if the build is closed
   */
  public LazyResult<R> build(Edge<O> edge) throws SolveException {
    return new LazyResult<>(this, solver.load(edge, this));
  }

  /** Adds a cache to look in, for what is evaluated from now on. */
  public void addCache(Cache<R> cache) {
    caches.add(cache);
  }

  /**
   * Gives up the build. Returns when the work that nobody else wants has ended and its results are
   * released.
   */
  @Override
  public void close() {
    if (closed.complete(null)) {
      solver.leave(this);
      progress.finish();
    }
  }

  /**
   * Where progress of what is done for this build outside its graph goes, such as exports. The
   * events join those of the graph in one order.
   */
  public ProgressSink progressSink() {
    return event -> {
      progress.queue(event);
      progress.drain();
    };
  }

  boolean isClosed() {
    return closed.isDone();
  }

  CompletableFuture<Void> closed() {
    return closed;
  }

  List<Object> attachments() {
    return attachments;
  }

  List<Cache<R>> caches() {
    return caches;
  }

  JobProgress progress() {
    return progress;
  }

  @Override
  public String toString() {
    return "job " + id;
  }
}
