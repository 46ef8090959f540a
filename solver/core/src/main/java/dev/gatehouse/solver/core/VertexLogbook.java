package dev.gatehouse.solver.core;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What was reported about one active vertex, for all builds that want it. A build that comes later
 * is told what it missed; of long output only the beginning is kept for that.
 */
final class VertexLogbook implements ProgressSink {
  private static final int MAX_KEPT_EVENTS = 2_000;
  private static final int MAX_KEPT_BYTES = 1 << 18;

  private final List<ProgressEvent> kept = new ArrayList<>();
  private final Set<JobProgress> builds = new LinkedHashSet<>();
  private int keptBytes;

  /** Queues what was reported so far; the caller drains. */
  synchronized void attach(JobProgress build) {
    if (builds.add(build)) {
      kept.forEach(build::queue);
    }
  }

  synchronized void detach(JobProgress build) {
    builds.remove(build);
  }

  @Override
  public void accept(ProgressEvent event) {
    List<JobProgress> targets;
    synchronized (this) {
      keep(event);
      builds.forEach(build -> build.queue(event));
      targets = List.copyOf(builds);
    }
    targets.forEach(JobProgress::drain);
  }

  private void keep(ProgressEvent event) {
    switch (event) {
      case ProgressEvent.VertexLog log -> {
        if (kept.size() < MAX_KEPT_EVENTS && keptBytes + log.data().length <= MAX_KEPT_BYTES) {
          keptBytes += log.data().length;
          kept.add(event);
        }
      }
      case ProgressEvent.VertexStatus status -> {
        // Only the latest of each part matters.
        kept.removeIf(
            old -> old instanceof ProgressEvent.VertexStatus s && s.id().equals(status.id()));
        if (kept.size() < MAX_KEPT_EVENTS) {
          kept.add(event);
        }
      }
      case ProgressEvent.VertexAdded added -> kept.add(event);
      case ProgressEvent.VertexStarted started -> kept.add(event);
      case ProgressEvent.VertexCompleted completed -> kept.add(event);
      case ProgressEvent.VertexWarning warning -> kept.add(event);
    }
  }
}
