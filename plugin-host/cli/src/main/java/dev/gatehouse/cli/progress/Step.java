package dev.gatehouse.cli.progress;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One line of a build as people see it: a vertex, or a group of vertices. Not safe for use by
 * several threads.
 */
final class Step {
  static final int TAIL = 10;

  /** Where a step stands. */
  enum State {
    WAITING,
    RUNNING,
    CACHED,
    DONE,
    FAILED,
    CANCELLED
  }

  /** A line of output with the time since the step began. */
  record Line(Duration at, String text) {}

  final String digest;
  int index;
  private final Map<String, Update.Vertex> members = new LinkedHashMap<>();
  private final Map<Instant, Update.Vertex> runs = new TreeMap<>();
  private final Map<String, Update.Part> parts = new LinkedHashMap<>();
  private final List<Update.Warning> warnings = new ArrayList<>();
  private final List<Line> lines = new ArrayList<>();
  private final Deque<Line> tail = new ArrayDeque<>();
  private final boolean group;
  private final String groupName;
  private byte[] partial = new byte[0];
  private @Nullable Duration partialAt;

  Step(String digest, Update.@Nullable Group group) {
    this.digest = digest;
    this.group = group != null;
    this.groupName = group == null ? "" : group.name();
  }

  void accept(Update.Vertex vertex) {
    Update.Vertex known = members.get(vertex.digest());
    if (known != null && known.started() != null && vertex.started() == null) {
      return; // the announcement of a vertex that another part of the build brought along
    }
    members.put(vertex.digest(), vertex);
    if (vertex.started() != null) {
      runs.put(vertex.started(), vertex);
    }
  }

  void accept(Update.Part part) {
    parts.put(part.id(), part);
  }

  void accept(Update.Warning warning) {
    warnings.add(warning);
  }

  void accept(Update.Log log) {
    Instant start = lastStart();
    Duration at = start == null ? Duration.ZERO : Duration.between(start, log.timestamp());
    int from = 0;
    byte[] data = log.data();
    for (int i = 0; i < data.length; i++) {
      if (data[i] == '\n') {
        line(join(partial, data, from, i), partialAt == null ? at : partialAt);
        partial = new byte[0];
        partialAt = null;
        from = i + 1;
      }
    }
    if (from < data.length) {
      partial = join(partial, data, from, data.length);
      partialAt = partialAt == null ? at : partialAt;
    }
  }

  /** Ends a line that has no end. */
  void flush() {
    if (partial.length > 0) {
      line(partial, partialAt == null ? Duration.ZERO : partialAt);
      partial = new byte[0];
      partialAt = null;
    }
  }

  private void line(byte[] bytes, Duration at) {
    Line line = new Line(at, new String(bytes, StandardCharsets.UTF_8));
    lines.add(line);
    tail.addLast(line);
    if (tail.size() > TAIL) {
      tail.removeFirst();
    }
  }

  private static byte[] join(byte[] before, byte[] data, int from, int to) {
    byte[] joined = new byte[before.length + to - from];
    System.arraycopy(before, 0, joined, 0, before.length);
    System.arraycopy(data, from, joined, before.length, to - from);
    return joined;
  }

  String name() {
    String name = group ? groupName : members.values().iterator().next().name();
    return name.replace('\t', ' ').replace('\n', ' ');
  }

  /** Whether there is something to show: a group of weak members alone is not shown. */
  boolean visible() {
    for (Update.Vertex member : members.values()) {
      Update.Group g = member.group();
      if (member.started() != null && (g == null || !g.weak()) || !member.error().isEmpty()) {
        return true;
      }
    }
    return false;
  }

  State state() {
    boolean started = false;
    boolean running = false;
    boolean cached = true;
    for (Update.Vertex member : members.values()) {
      started |= member.started() != null;
      running |= member.started() != null && member.completed() == null;
      cached &= member.cached();
    }
    if (!started) {
      return State.WAITING;
    }
    if (running) {
      return State.RUNNING;
    }
    String error = error();
    if (!error.isEmpty()) {
      return error.endsWith("context canceled") ? State.CANCELLED : State.FAILED;
    }
    return cached ? State.CACHED : State.DONE;
  }

  /** Whether all work on it that is known has ended. */
  boolean completed() {
    State state = state();
    return state != State.WAITING && state != State.RUNNING;
  }

  /** Why it failed, or empty. */
  String error() {
    for (Update.Vertex member : members.values()) {
      if (!member.error().isEmpty()) {
        return member.error();
      }
    }
    return "";
  }

  @Nullable Instant lastStart() {
    Instant last = null;
    for (Update.Vertex run : runs.values()) {
      Instant started = run.started();
      if (last == null || started != null && started.isAfter(last)) {
        last = started;
      }
    }
    return last;
  }

  Instant completedAt() {
    Instant last = Instant.EPOCH;
    for (Update.Vertex run : runs.values()) {
      Instant completed = run.completed();
      if (completed != null && completed.isAfter(last)) {
        last = completed;
      }
    }
    return last;
  }

  /** Time in which anything of it ran; pauses do not count. */
  Duration duration(Instant now) {
    Duration sum = Duration.ZERO;
    Instant covered = Instant.MIN;
    for (Update.Vertex run : runs.values()) {
      Instant start = run.started();
      Instant stop = run.completed() == null ? now : run.completed();
      if (start == null || stop == null) {
        continue;
      }
      if (start.isBefore(covered)) {
        start = covered;
      }
      if (stop.isAfter(start)) {
        sum = sum.plus(Duration.between(start, stop));
        covered = stop;
      }
    }
    return sum;
  }

  Collection<Update.Part> parts() {
    return parts.values();
  }

  List<Update.Warning> warnings() {
    return warnings;
  }

  /** Lines since they were last taken. */
  List<Line> takeLines() {
    List<Line> taken = List.copyOf(lines);
    lines.clear();
    return taken;
  }

  /** The last lines, at most {@link #TAIL}. */
  List<Line> tail() {
    return List.copyOf(tail);
  }

  /** A line that has begun and not ended, or empty. */
  String partialLine() {
    return new String(partial, StandardCharsets.UTF_8);
  }
}
