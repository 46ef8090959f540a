package dev.gatehouse.solver.core;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The progress of one vertex, as the operation that runs reports it. Safe for use by several
 * threads.
 */
public final class VertexProgress {
  private final Digest vertex;
  private final ProgressSink sink;

  public VertexProgress(Digest vertex, ProgressSink sink) {
    this.vertex = vertex;
    this.sink = sink;
  }

  public Digest vertex() {
    return vertex;
  }

  /**
   * Reports output of a process. The array is kept.
   *
   * @param stream 1 for standard output, 2 for standard error
   */
  public void log(int stream, byte[] data) {
    if (data.length > 0) {
      sink.accept(new ProgressEvent.VertexLog(vertex, Instant.now(), stream, data));
    }
  }

  public void warn(String message, List<String> detail, String url) {
    sink.accept(new ProgressEvent.VertexWarning(vertex, 1, message, detail, url, Optional.empty()));
  }

  /**
   * Begins a part of the work that reports how far it has come, such as the download of one layer.
   */
  public Part part(String id, String name, long total) {
    return new Part(id, name, total);
  }

  public Part part(String name) {
    return part(name, name, 0);
  }

  /** A part of the work on a vertex; closing it reports its end. */
  public final class Part implements AutoCloseable {
    private static final long INTERVAL_NANOS = 100_000_000;

    private final String id;
    private final String name;
    private final Instant started = Instant.now();
    private long current;
    private long total;
    private long reported = System.nanoTime();
    private boolean closed;

    private Part(String id, String name, long total) {
      this.id = id;
      this.name = name;
      this.total = total;
      sink.accept(event(Optional.empty()));
    }

    /** Adds to what is done. Reports at most ten times a second. */
    public void advance(long units) {
      ProgressEvent event;
      synchronized (this) {
        current += units;
        long now = System.nanoTime();
        if (now - reported < INTERVAL_NANOS) {
          return;
        }
        reported = now;
        event = event(Optional.empty());
      }
      sink.accept(event);
    }

    /** Says how much there is in all once that is known. */
    public synchronized void total(long units) {
      total = units;
    }

    @Override
    public void close() {
      ProgressEvent event;
      synchronized (this) {
        if (closed) {
          return;
        }
        closed = true;
        event = event(Optional.of(Instant.now()));
      }
      sink.accept(event);
    }

    private ProgressEvent event(Optional<Instant> completed) {
      return new ProgressEvent.VertexStatus(
          vertex, id, name, current, total, Instant.now(), Optional.of(started), completed);
    }
  }
}
