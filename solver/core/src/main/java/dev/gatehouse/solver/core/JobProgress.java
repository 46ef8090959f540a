package dev.gatehouse.solver.core;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Brings the events of one build to its sink: in the order in which they were queued, one at a
 * time, on whichever thread finds the sink idle.
 *
 * <p>When work on a vertex begins, its inputs must have been available; those on which nothing was
 * ever done were taken from the cache without even being looked at, and are reported as cached
 * then.
 */
final class JobProgress {
  private final ProgressSink sink;
  private final Queue<Runnable> queue = new ConcurrentLinkedQueue<>();
  private final AtomicInteger queued = new AtomicInteger();
  private final AtomicBoolean draining = new AtomicBoolean();

  /** Used by the draining thread only. */
  private final Map<Digest, Seen> seen = new LinkedHashMap<>();

  JobProgress(ProgressSink sink) {
    this.sink = sink;
  }

  /** Queues an event; may be called with locks held. {@link #drain} must follow without them. */
  void queue(ProgressEvent event) {
    queue.add(() -> deliver(event));
    queued.incrementAndGet();
  }

  /** Delivers what is queued, unless another thread is at it. */
  void drain() {
    while (queued.get() > 0 && draining.compareAndSet(false, true)) {
      try {
        Runnable next;
        while ((next = queue.poll()) != null) {
          queued.decrementAndGet();
          next.run();
        }
      } finally {
        draining.set(false);
      }
    }
  }

  /** Reports what has begun and will not end any more as cancelled. */
  void finish() {
    queue.add(this::deliverUnfinished);
    queued.incrementAndGet();
    drain();
  }

  private void deliverUnfinished() {
    Instant now = Instant.now();
    seen.forEach((digest, vertex) -> {
      if (vertex.started.isPresent() && !vertex.completed) {
        vertex.completed = true;
        sink.accept(
            new ProgressEvent.VertexCompleted(
                digest, vertex.started.get(), now, false, Optional.of("context canceled")));
      }
    });
  }

  private void deliver(ProgressEvent event) {
    switch (event) {
      case ProgressEvent.VertexAdded added -> {
        if (seen.putIfAbsent(added.vertex(), new Seen(seen.size(), added.inputs())) != null) {
          return;
        }
      }
      case ProgressEvent.VertexStarted started -> {
        Seen vertex = seen.get(started.vertex());
        if (vertex != null) {
          vertex.started = Optional.of(started.at());
          vertex.completed = false;
          inputsCached(vertex, started.at());
        }
      }
      case ProgressEvent.VertexCompleted completed -> {
        Seen vertex = seen.get(completed.vertex());
        if (vertex != null) {
          vertex.completed = true;
        }
      }
      case ProgressEvent.VertexStatus status -> {}
      case ProgressEvent.VertexLog log -> {}
      case ProgressEvent.VertexWarning warning -> {}
    }
    sink.accept(event);
  }

  private void inputsCached(Seen consumer, Instant at) {
    Deque<Digest> open = new ArrayDeque<>(consumer.inputs);
    NavigableMap<Integer, Digest> cached = new TreeMap<>();
    while (!open.isEmpty()) {
      Digest digest = open.pop();
      Seen vertex = seen.get(digest);
      if (vertex == null || vertex.completed || vertex.started.isPresent()) {
        continue;
      }
      vertex.started = Optional.of(at);
      vertex.completed = true;
      cached.put(vertex.position, digest);
      open.addAll(vertex.inputs);
    }
    for (Digest digest : cached.values()) {
      sink.accept(new ProgressEvent.VertexStarted(digest, at, true));
      sink.accept(new ProgressEvent.VertexCompleted(digest, at, at, true, Optional.empty()));
    }
  }

  /** What was reported of a vertex. */
  private static final class Seen {
    /** In which place it was announced: after its inputs. */
    private final int position;

    private final List<Digest> inputs;
    private Optional<Instant> started = Optional.empty();
    private boolean completed;

    private Seen(int position, List<Digest> inputs) {
      this.position = position;
      this.inputs = inputs;
    }
  }
}
