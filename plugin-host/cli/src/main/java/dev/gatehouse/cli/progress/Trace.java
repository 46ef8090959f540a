package dev.gatehouse.cli.progress;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * All steps of a build, fed by updates. The daemon's clock may differ from ours: the difference is
 * taken from the first start and counted in wherever a running time is shown.
 */
final class Trace {
  private final Clock clock;
  private final Map<String, Step> byVertex = new LinkedHashMap<>();
  private final Map<String, Step> steps = new LinkedHashMap<>();
  private final Set<Step> changed = new LinkedHashSet<>();
  private @Nullable Duration clockDifference;
  private @Nullable Instant start;

  Trace(Clock clock) {
    this.clock = clock;
  }

  void accept(Update update) {
    for (Update.Vertex vertex : update.vertices()) {
      Update.Group group = vertex.group();
      String key = group == null ? vertex.digest() : "group " + group.id();
      Step step = steps.computeIfAbsent(key, k -> new Step(k, group));
      byVertex.put(vertex.digest(), step);
      step.accept(vertex);
      Instant started = vertex.started();
      if (started != null) {
        changed.add(step);
        if (clockDifference == null) {
          clockDifference = Duration.between(started, clock.instant());
        }
        if (start == null) {
          start = started;
        }
      }
    }
    for (Update.Part part : update.parts()) {
      Step step = byVertex.get(part.vertex());
      if (step != null) {
        step.accept(part);
        changed.add(step);
      }
    }
    for (Update.Warning warning : update.warnings()) {
      Step step = byVertex.get(warning.vertex());
      if (step != null) {
        step.accept(warning);
        changed.add(step);
      }
    }
    for (Update.Log log : update.logs()) {
      Step step = byVertex.get(log.vertex());
      if (step != null) {
        step.accept(log);
        changed.add(step);
      }
    }
    for (Step step : changed) {
      if (step.completed()) {
        step.flush();
      }
    }
  }

  /** Now, on the daemon's clock. */
  Instant now() {
    Duration difference = clockDifference;
    return difference == null ? clock.instant() : clock.instant().minus(difference);
  }

  /** How long the build has been running. */
  Duration elapsed() {
    Instant first = start;
    return first == null ? Duration.ZERO : Duration.between(first, now());
  }

  /** Steps that changed since they were last taken and can be shown, in the order of their news. */
  List<Step> takeChanged() {
    List<Step> taken = new ArrayList<>();
    for (Step step : changed) {
      if (step.visible()) {
        taken.add(step);
      }
    }
    changed.clear();
    return taken;
  }

  /** All steps that can be shown, in the order of their announcement. */
  List<Step> steps() {
    List<Step> all = new ArrayList<>();
    for (Step step : steps.values()) {
      if (step.visible()) {
        all.add(step);
      }
    }
    return all;
  }

  /** How many steps are known, whether or not they have begun. */
  int total() {
    return steps.size();
  }

  int completed() {
    int n = 0;
    for (Step step : steps.values()) {
      if (step.completed()) {
        n++;
      }
    }
    return n;
  }
}
