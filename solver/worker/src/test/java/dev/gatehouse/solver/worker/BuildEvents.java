package dev.gatehouse.solver.worker;

import dev.gatehouse.solver.core.ProgressEvent;
import dev.gatehouse.solver.core.ProgressSink;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** What a build told of its progress. */
final class BuildEvents implements ProgressSink {
  private final List<ProgressEvent> events = new ArrayList<>();

  @Override
  public synchronized void accept(ProgressEvent event) {
    events.add(event);
  }

  synchronized void clear() {
    events.clear();
  }

  synchronized List<ProgressEvent> list() {
    return List.copyOf(events);
  }

  /** What the vertices' processes wrote. */
  String logs() {
    StringBuilder text = new StringBuilder();
    for (ProgressEvent event : list()) {
      if (event instanceof ProgressEvent.VertexLog log) {
        text.append(new String(log.data(), StandardCharsets.UTF_8));
      }
    }
    return text.toString();
  }
}
