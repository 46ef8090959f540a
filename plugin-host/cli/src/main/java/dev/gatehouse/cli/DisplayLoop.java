package dev.gatehouse.cli;

import dev.gatehouse.cli.progress.Display;
import dev.gatehouse.cli.progress.Update;
import dev.gatehouse.client.SolveStatus;
import dev.gatehouse.client.StatusListener;
import dev.gatehouse.llb.SourceLocation;
import org.jspecify.annotations.Nullable;

/** Keeps a display going: hands it the news and makes its clock tick. */
final class DisplayLoop implements StatusListener, AutoCloseable {
  private static final long TICK_MILLIS = 100;

  private final Display display;
  private final Thread ticker;

  // guarded by this
  private boolean closed;

  DisplayLoop(Display display) {
    this.display = display;
    ticker = Thread.ofVirtual().name("progress").start(this::tick);
  }

  private void tick() {
    try {
      while (true) {
        Thread.sleep(TICK_MILLIS);
        synchronized (this) {
          if (closed) {
            return;
          }
          display.tick();
        }
      }
    } catch (InterruptedException e) {
      return;
    }
  }

  @Override
  public synchronized void status(SolveStatus status) {
    if (!closed) {
      display.update(update(status));
    }
  }

  /** Draws the end. Idempotent. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      ticker.interrupt();
      display.finish();
    }
  }

  private static Update update(SolveStatus status) {
    return new Update(
        status.vertices().stream()
            .map(v ->
                new Update.Vertex(
                    v.digest(),
                    v.inputs(),
                    v.name(),
                    v.started(),
                    v.completed(),
                    v.cached(),
                    v.error(),
                    group(v.group())))
            .toList(),
        status.statuses().stream()
            .map(s ->
                new Update.Part(
                    s.id(),
                    s.vertex(),
                    s.name(),
                    s.current(),
                    s.total(),
                    s.timestamp(),
                    s.started(),
                    s.completed()))
            .toList(),
        status.logs().stream()
            .map(l -> new Update.Log(l.vertex(), l.stream(), l.data(), l.timestamp()))
            .toList(),
        status.warnings().stream()
            .map(w ->
                new Update.Warning(
                    w.vertex(), w.level(), w.message(), w.details(), w.url(), source(w.source())))
            .toList());
  }

  private static Update.@Nullable Group group(SolveStatus.@Nullable Group group) {
    return group == null ? null : new Update.Group(group.id(), group.name(), group.weak());
  }

  private static Update.@Nullable Source source(@Nullable SourceLocation location) {
    if (location == null) {
      return null;
    }
    return new Update.Source(
        location.source().filename(),
        location.source().data(),
        location.ranges().stream()
            .map(r ->
                new Update.Range(r.startLine(), r.startCharacter(), r.endLine(), r.endCharacter()))
            .toList());
  }
}
