package dev.gatehouse.solver.core;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * A vertex that some build wants: its cache map, the content keys of its inputs, its one execution,
 * and the threads that work on them.
 */
final class ActiveVertex<O, R> {
  private final Solver<O, R> solver;
  private final Vertex<O> vertex;
  private final List<ActiveEdge<O, R>> inputs;
  private final long sequence;
  private final VertexLogbook log = new VertexLogbook();
  private final VertexContext<O, R> context;

  /** The builds that want this; guarded by the solver's lock. */
  final Set<Job<O, R>> jobs = new LinkedHashSet<>();

  /**
   * What this came to need beside its inputs: nested graphs, an equal vertex whose outcome it
   * takes. Guarded by the solver's lock.
   */
  final Set<ActiveVertex<O, R>> followed = new LinkedHashSet<>();

  // The rest is guarded by this.
  private final Map<Integer, ActiveEdge<O, R>> edges = new TreeMap<>();
  private final Map<Integer, Task<Optional<CacheKey<R>>>> contentKeys = new HashMap<>();
  private @Nullable Task<CacheMap<R>> cacheMap;
  private @Nullable Task<Execution<R>> execution;
  private @Nullable Digest claimed;
  private final Set<Thread> threads = new HashSet<>();
  private boolean ended;

  /**
   * What came of running the operation.
   *
   * @param outputs one handle of each, which this vertex owns
   * @param forced the cache was not to be asked
   * @param took how long the operation ran
   */
  record Execution<R>(List<R> outputs, boolean forced, Duration took) {}

  /**
   * @param sequence greater than that of all inputs
   */
  ActiveVertex(
      Solver<O, R> solver, Vertex<O> vertex, List<ActiveEdge<O, R>> inputs, long sequence) {
    this.solver = solver;
    this.sequence = sequence;
    this.vertex = vertex;
    this.inputs = List.copyOf(inputs);
    this.context = new VertexContext<>(solver, this);
    log.accept(
        new ProgressEvent.VertexAdded(
            vertex.digest(),
            vertex.name(),
            inputs.stream().map(input -> input.vertex().vertex.digest()).distinct().toList(),
            vertex.options().progressGroup()));
  }

  Solver<O, R> solver() {
    return solver;
  }

  Vertex<O> vertex() {
    return vertex;
  }

  List<ActiveEdge<O, R>> inputs() {
    return inputs;
  }

  VertexLogbook log() {
    return log;
  }

  VertexContext<O, R> context() {
    return context;
  }

  long sequence() {
    return sequence;
  }

  boolean ignoresCache() {
    return vertex.options().ignoreCache();
  }

  synchronized @Nullable Digest claimed() {
    return claimed;
  }

  synchronized ActiveEdge<O, R> edge(int index) {
    return edges.computeIfAbsent(index, i -> new ActiveEdge<>(this, i));
  }

  synchronized Task<CacheMap<R>> cacheMap() {
    if (cacheMap == null) {
      cacheMap = new Task<>(this, "cache map", this::computeCacheMap);
    }
    return cacheMap;
  }

  synchronized Task<Execution<R>> execution() {
    if (execution == null) {
      execution = new Task<>(this, "execution", this::execute);
    }
    return execution;
  }

  /**
   * The key of an input's content, computed after the input was prepared for use; empty if it has
   * none.
   */
  synchronized Task<Optional<CacheKey<R>>> contentKey(int input) {
    return contentKeys.computeIfAbsent(
        input, i -> new Task<>(this, "content key", () -> computeContentKey(i)));
  }

  /**
   * Called with the solver's lock when another build comes: what failed for others is tried again.
   */
  synchronized void forgetFailures() {
    if (cacheMap != null && cacheMap.hasFailed()) {
      cacheMap = null;
    }
    if (execution != null && execution.hasFailed()) {
      execution = null;
    }
    contentKeys.values().removeIf(Task::hasFailed);
    edges.values().forEach(ActiveEdge::forgetFailures);
  }

  /** Where results may be found: the solver's cache first, then what the builds brought. */
  List<Cache<R>> caches() {
    Set<Cache<R>> caches = new LinkedHashSet<>();
    caches.add(solver.cache());
    solver.lock.lock();
    try {
      jobs.forEach(job -> caches.addAll(job.caches()));
    } finally {
      solver.lock.unlock();
    }
    return List.copyOf(caches);
  }

  private CacheMap<R> computeCacheMap() throws SolveException, InterruptedException {
    solver.before("cache map");
    boolean source = inputs.isEmpty();
    Instant started = Instant.now();
    if (source) {
      log.accept(new ProgressEvent.VertexStarted(vertex.digest(), started, false));
    }
    CacheMap<R> map;
    try {
      map = guarded(() -> solver.executor().cacheMap(vertex, context));
      if (map.inputs().size() != inputs.size()) {
        throw new SolveException(
                "internal",
                ErrorCategory.INTERNAL,
                "cache map has " + map.inputs().size() + " inputs, the vertex has " + inputs.size())
            .at(vertex.digest());
      }
    } catch (SolveException e) {
      failed(started, source, e);
      throw e;
    }
    if (source) {
      completed(started, false);
    }
    return map;
  }

  private Optional<CacheKey<R>> computeContentKey(int input)
      throws SolveException, InterruptedException {
    InputCacheRule<R> rule = cacheMap().get().inputs().get(input);
    R result = inputs.get(input).completion().get().result();
    solver.before("content key");
    Instant started = Instant.now();
    try {
      return guarded(() -> {
        if (rule.preprocess().isPresent()) {
          rule.preprocess().get().run(result, context);
        }
        if (rule.contentDigest().isEmpty()) {
          return Optional.empty();
        }
        return rule.contentDigest().get().compute(result, context).map(CacheKey::<R>ofContent);
      });
    } catch (SolveException e) {
      failed(started, false, e);
      throw e;
    }
  }

  private Execution<R> execute() throws SolveException, InterruptedException {
    CacheMap<R> map = cacheMap().get();
    List<R> arguments = new ArrayList<>(inputs.size());
    List<Set<String>> names = new ArrayList<>(inputs.size());
    for (int i = 0; i < inputs.size(); i++) {
      ActiveEdge.Outcome<R> outcome = inputs.get(i).completion().get();
      arguments.add(outcome.result());
      Set<String> known = new HashSet<>();
      for (CacheKey.Input<R> key : inputKeys(map, i, outcome, true)) {
        known.add(
            key.key().nameIn(solver.cache())
                + key.selector().map(selector -> " " + selector).orElse(""));
      }
      names.add(known);
    }
    solver.before("execution");
    while (true) {
      synchronized (this) {
        claimed = map.digest();
      }
      Optional<ActiveVertex<O, R>> equal = solver.executions().claim(this, map.digest(), names);
      if (equal.isEmpty()) {
        return run(arguments);
      }
      if (!solver.follow(this, equal.get())) {
        solver.executions().remove(equal.get());
        continue;
      }
      try {
        Instant started = Instant.now();
        Execution<R> taken = equal.get().execution().get();
        List<R> outputs = taken.outputs().stream().map(solver.results()::share).toList();
        log.accept(new ProgressEvent.VertexStarted(vertex.digest(), started, true));
        completed(started, true);
        return new Execution<>(outputs, taken.forced(), taken.took());
      } catch (SolveException e) {
        if (e.category() != ErrorCategory.CANCELLED) {
          throw e;
        }
        // Its builds went before this one's came to it.
        solver.executions().remove(equal.get());
      }
    }
  }

  private Execution<R> run(List<R> arguments) throws SolveException, InterruptedException {
    if (solver.permits().isPresent()) {
      solver.permits().get().acquire();
    }
    Instant started = Instant.now();
    try {
      log.accept(new ProgressEvent.VertexStarted(vertex.digest(), started, false));
      List<R> outputs =
          guarded(() ->
              solver.executor().execute(vertex, Collections.unmodifiableList(arguments), context));
      completed(started, false);
      Duration took = Duration.between(started, Instant.now());
      return new Execution<>(List.copyOf(outputs), ignoresCache(), took);
    } catch (SolveException e) {
      failed(started, true, e);
      throw e;
    } finally {
      solver.permits().ifPresent(Semaphore::release);
    }
  }

  /**
   * The keys under which an input is known when it is complete.
   *
   * @param all with those of an input that was executed although it may be cached; they name it but
   *     must not find anything
   */
  List<CacheKey.Input<R>> inputKeys(
      CacheMap<R> map, int input, ActiveEdge.Outcome<R> outcome, boolean all)
      throws SolveException, InterruptedException {
    List<CacheKey.Input<R>> keys = new ArrayList<>();
    if (all || !outcome.forced()) {
      for (CacheKey<R> key : outcome.keys()) {
        keys.add(new CacheKey.Input<>(key, map.inputs().get(input).selector()));
      }
    }
    if (map.inputs().get(input).contentDigest().isPresent()) {
      contentKey(input)
          .get()
          .ifPresent(key -> keys.add(new CacheKey.Input<>(key, Optional.empty())));
    }
    return keys;
  }

  void completed(Instant started, boolean cached) {
    log.accept(
        new ProgressEvent.VertexCompleted(
            vertex.digest(), started, Instant.now(), cached, Optional.empty()));
  }

  private void failed(Instant started, boolean reported, SolveException failure) {
    if (!reported) {
      log.accept(new ProgressEvent.VertexStarted(vertex.digest(), started, false));
    }
    log.accept(
        new ProgressEvent.VertexCompleted(
            vertex.digest(),
            started,
            Instant.now(),
            false,
            Optional.of(failure.getMessage() == null ? failure.code() : failure.getMessage())));
  }

  /** Calls the executor, and gives every failure a code and this vertex. */
  <T> T guarded(Call<T> call) throws SolveException, InterruptedException {
    try {
      return call.run();
    } catch (SolveException e) {
      throw hasEnded() ? Task.cancelled() : e.at(vertex.digest());
    } catch (IOException e) {
      if (hasEnded()) {
        throw Task.cancelled();
      }
      String message = e.getMessage() == null ? e.toString() : e.getMessage();
      throw new SolveException("io", ErrorCategory.ENVIRONMENT, message, e).at(vertex.digest());
    } catch (RuntimeException e) {
      if (hasEnded()) {
        throw Task.cancelled();
      }
      throw new SolveException("internal", ErrorCategory.INTERNAL, e.toString(), e)
          .at(vertex.digest());
    }
  }

  /** Runs work of a task on a new thread; false if nobody wants this vertex any more. */
  synchronized boolean run(String name, Runnable work) {
    if (ended) {
      return false;
    }
    Thread thread =
        Thread.ofVirtual()
            .name(name)
            .unstarted(() -> {
              try {
                work.run();
              } finally {
                forget(Thread.currentThread());
              }
            });
    threads.add(thread);
    thread.start();
    return true;
  }

  /** Whether the calling thread works for this vertex, which somebody still wants. */
  synchronized boolean isWorkedOnHere() {
    return !ended && threads.contains(Thread.currentThread());
  }

  private synchronized void forget(Thread thread) {
    threads.remove(thread);
    notifyAll();
  }

  private synchronized boolean hasEnded() {
    return ended;
  }

  /** Ends the work: nobody wants it. */
  synchronized void interrupt() {
    ended = true;
    threads.forEach(Thread::interrupt);
  }

  /**
   * Waits until interrupted work has ended; a thread of the work itself does not wait for itself.
   */
  void awaitEnd() {
    boolean interrupted = false;
    synchronized (this) {
      while (!(threads.isEmpty()
          || (threads.size() == 1 && threads.contains(Thread.currentThread())))) {
        try {
          wait();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Gives back all results and runs what was left to be cleaned up. */
  void release() {
    List<R> owned = new ArrayList<>();
    synchronized (this) {
      if (execution != null) {
        Execution<R> outcome = execution.peek();
        if (outcome != null) {
          owned.addAll(outcome.outputs());
        }
      }
      edges.values().forEach(edge -> edge.collectLoaded(owned));
    }
    owned.forEach(solver.results()::release);
    context.release();
  }

  /** A call of the executor. */
  @FunctionalInterface
  interface Call<T> {
    T run() throws SolveException, IOException, InterruptedException;
  }
}
