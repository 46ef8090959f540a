package dev.gatehouse.solver.core;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Evaluates build graphs for any number of builds at once.
 *
 * <p>Every vertex that some build wants is <i>active</i> once, however many builds want it: that is
 * what makes two builds run a shared step once. An edge of an active vertex is evaluated in three
 * stages, each a {@link Task} that runs at most once and waits for tasks of its inputs:
 *
 * <ol>
 *   <li><i>definition keys</i>: what the caches know of the edge by the operation's digest and its
 *       inputs' keys, which needs nobody's result;
 *   <li><i>content keys</i>: the same with checksums of inputs' content, where definitions do not
 *       decide, which needs those inputs' results;
 *   <li><i>completion</i>: the result, loaded from a cache if a key has a record, or else executed.
 * </ol>
 *
 * <p>A stage that finds that one input is known to no cache stops waiting for the others: nothing
 * can match any more. Threads are virtual and block, so a chain of a thousand vertices is a
 * thousand parked threads and no deep stack.
 *
 * <p>The lock guards which vertices are active and which builds want them. It is held for map
 * operations only, never while anything is called.
 */
public final class Solver<O, R> {
  private final Executor<O, R> executor;
  private final ResultType<R> results;
  private final Cache<R> cache;
  private final SolverOptions options;
  private final Optional<Semaphore> permits;
  private final ExecutionIndex<O, R> executions = new ExecutionIndex<>();

  final ReentrantLock lock = new ReentrantLock();

  /** Guarded by {@link #lock}. */
  private final Map<Key, ActiveVertex<O, R>> active = new HashMap<>();

  /** How many vertices became active so far; guarded by {@link #lock}. */
  private long sequence;

  /** Which active vertex a digest stands for; one that ignores the cache is another. */
  private record Key(Digest digest, boolean ignoreCache) {}

  /**
   * @param cache where results are looked for and recorded
   */
  public Solver(
      Executor<O, R> executor, ResultType<R> results, Cache<R> cache, SolverOptions options) {
    this.executor = executor;
    this.results = results;
    this.cache = cache;
    this.options = options;
    this.permits =
        options.parallelism() == 0
            ? Optional.empty()
            : Optional.of(new Semaphore(options.parallelism(), true));
  }

  /**
   * Begins a build.
   *
   * @param attachments values that executions find in {@link ExecutionContext#attachments}
   * @param caches further caches to look in, beside the solver's own
   */
  public Job<O, R> job(
      String id, ProgressSink progress, List<Object> attachments, List<Cache<R>> caches) {
    return new Job<>(this, id, progress, attachments, caches);
  }

  /** How many vertices some build wants now. */
  public int activeVertices() {
    lock.lock();
    try {
      return active.size();
    } finally {
      lock.unlock();
    }
  }

  /** How many vertices a build wants now, those among them whose outcome its own take. */
  int verticesOf(Job<O, R> job) {
    lock.lock();
    try {
      return job.vertices.size();
    } finally {
      lock.unlock();
    }
  }

  Executor<O, R> executor() {
    return executor;
  }

  ResultType<R> results() {
    return results;
  }

  Cache<R> cache() {
    return cache;
  }

  Optional<Semaphore> permits() {
    return permits;
  }

  ExecutionIndex<O, R> executions() {
    return executions;
  }

  void before(String point) {
    options.interleaving().before(point);
  }

  /** Makes an edge and its inputs active for a build. */
  ActiveEdge<O, R> load(Edge<O> edge, Job<O, R> job) throws SolveException {
    Set<Job<O, R>> touched = new LinkedHashSet<>();
    ActiveEdge<O, R> loaded;
    lock.lock();
    try {
      if (job.isClosed()) {
        throw Task.cancelled();
      }
      ActiveVertex<O, R> vertex = activate(edge.vertex());
      join(vertex, job);
      touched.add(job);
      loaded = vertex.edge(edge.index());
    } finally {
      lock.unlock();
    }
    touched.forEach(j -> j.progress().drain());
    return loaded;
  }

  /** Makes an edge that came up in an execution active for all builds that want the execution. */
  ActiveEdge<O, R> load(Edge<O> edge, ActiveVertex<O, R> parent) throws SolveException {
    List<Job<O, R>> jobs;
    ActiveEdge<O, R> loaded;
    lock.lock();
    try {
      if (parent.jobs.isEmpty()) {
        throw Task.cancelled();
      }
      ActiveVertex<O, R> vertex = activate(edge.vertex());
      jobs = List.copyOf(parent.jobs);
      jobs.forEach(job -> join(vertex, job));
      parent.followed.add(vertex);
      loaded = vertex.edge(edge.index());
    } finally {
      lock.unlock();
    }
    jobs.forEach(j -> j.progress().drain());
    return loaded;
  }

  /**
   * Has one vertex take the outcome of another: the builds that want the first want the second from
   * now on.
   *
   * @return false if nobody wanted the other any more and it is going
   */
  boolean follow(ActiveVertex<O, R> vertex, ActiveVertex<O, R> other) {
    List<Job<O, R>> jobs;
    lock.lock();
    try {
      if (other.jobs.isEmpty()) {
        return false;
      }
      jobs = List.copyOf(vertex.jobs);
      jobs.forEach(job -> join(other, job));
      vertex.followed.add(other);
    } finally {
      lock.unlock();
    }
    jobs.forEach(j -> j.progress().drain());
    return true;
  }

  /** Called with the lock. Inputs first, without recursion. */
  private ActiveVertex<O, R> activate(Vertex<O> root) {
    Map<Key, ActiveVertex<O, R>> loaded = new HashMap<>();
    Deque<Vertex<O>> open = new ArrayDeque<>();
    open.push(root);
    while (!open.isEmpty()) {
      Vertex<O> vertex = open.peek();
      Key key = new Key(vertex.digest(), vertex.options().ignoreCache());
      if (loaded.containsKey(key)) {
        open.pop();
        continue;
      }
      ActiveVertex<O, R> existing = find(key);
      if (existing != null) {
        loaded.put(key, existing);
        open.pop();
        continue;
      }
      boolean ready = true;
      for (int i = vertex.inputs().size() - 1; i >= 0; i--) {
        Vertex<O> source = vertex.inputs().get(i).vertex();
        if (!loaded.containsKey(new Key(source.digest(), source.options().ignoreCache()))) {
          open.push(source);
          ready = false;
        }
      }
      if (ready) {
        List<ActiveEdge<O, R>> inputs = new ArrayList<>(vertex.inputs().size());
        for (Edge<O> input : vertex.inputs()) {
          Vertex<O> source = input.vertex();
          ActiveVertex<O, R> known =
              loaded.get(new Key(source.digest(), source.options().ignoreCache()));
          if (known == null) {
            throw new IllegalStateException("input " + source + " was not loaded");
          }
          inputs.add(known.edge(input.index()));
        }
        ActiveVertex<O, R> created = new ActiveVertex<>(this, vertex, inputs, sequence++);
        active.put(key, created);
        loaded.put(key, created);
        open.pop();
      }
    }
    ActiveVertex<O, R> result = loaded.get(new Key(root.digest(), root.options().ignoreCache()));
    if (result == null) {
      throw new IllegalStateException("graph without root");
    }
    return result;
  }

  /**
   * A vertex that ignores the cache also serves those who do not ask for that, not the other way
   * round.
   */
  private @Nullable ActiveVertex<O, R> find(Key key) {
    ActiveVertex<O, R> fresh = active.get(new Key(key.digest, true));
    return fresh != null ? fresh : active.get(key);
  }

  /** Called with the lock. Adds a build to a vertex and to all that it needs. */
  private void join(ActiveVertex<O, R> root, Job<O, R> job) {
    Deque<ActiveVertex<O, R>> open = new ArrayDeque<>();
    open.push(root);
    List<ActiveVertex<O, R>> joined = new ArrayList<>();
    while (!open.isEmpty()) {
      ActiveVertex<O, R> vertex = open.pop();
      if (!job.vertices.add(vertex)) {
        continue;
      }
      vertex.jobs.add(job);
      vertex.forgetFailures();
      joined.add(vertex);
      for (ActiveEdge<O, R> input : vertex.inputs()) {
        open.push(input.vertex());
      }
      vertex.followed.forEach(open::push);
    }
    // Inputs are announced first, as they stand in a definition.
    joined.sort(Comparator.comparingLong(ActiveVertex::sequence));
    joined.forEach(vertex -> vertex.log().attach(job.progress()));
  }

  /** Takes a build off all vertices and ends those that nobody wants any more. */
  void leave(Job<O, R> job) {
    List<ActiveVertex<O, R>> unwanted = new ArrayList<>();
    lock.lock();
    try {
      for (ActiveVertex<O, R> vertex : job.vertices) {
        vertex.jobs.remove(job);
        vertex.log().detach(job.progress());
        if (vertex.jobs.isEmpty()) {
          Key key = new Key(vertex.vertex().digest(), vertex.vertex().options().ignoreCache());
          active.remove(key, vertex);
          unwanted.add(vertex);
        }
      }
      job.vertices.clear();
    } finally {
      lock.unlock();
    }
    release(unwanted);
  }

  private void release(Collection<ActiveVertex<O, R>> unwanted) {
    unwanted.forEach(executions::remove);
    unwanted.forEach(ActiveVertex::interrupt);
    unwanted.forEach(ActiveVertex::awaitEnd);
    RuntimeException failure = null;
    for (ActiveVertex<O, R> vertex : unwanted) {
      try {
        vertex.release();
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
