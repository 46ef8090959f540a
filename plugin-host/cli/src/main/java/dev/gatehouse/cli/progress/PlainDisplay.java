package dev.gatehouse.cli.progress;

import java.io.PrintStream;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Text for logs and pipes, in the shape of BuildKit's plain progress.
 *
 * <p>One step at a time has the floor; others that have something to say get it when it ends, or in
 * turn when it goes on for long.
 */
public final class PlainDisplay implements Display {
  private static final Duration TURN = Duration.ofSeconds(5);
  private static final Duration PART_INTERVAL = Duration.ofSeconds(5);
  private static final double PART_STEP = 0.05;

  private final PrintStream out;
  private final Clock clock;
  private final Trace trace;
  private final Set<Step> pending = new LinkedHashSet<>();
  private final Map<String, Update.Part> shownParts = new HashMap<>();
  private final Map<Step, Integer> shownWarnings = new HashMap<>();
  private @Nullable Step current;
  private Instant currentSince = Instant.EPOCH;
  private int nextIndex;
  private boolean first = true;

  public PlainDisplay(PrintStream out, Clock clock) {
    this.out = out;
    this.clock = clock;
    this.trace = new Trace(clock);
  }

  @Override
  public void update(Update update) {
    trace.accept(update);
    pending.addAll(trace.takeChanged());
    print(false);
  }

  @Override
  public void tick() {
    print(false);
  }

  @Override
  public void finish() {
    print(true);
    for (Step step : trace.steps()) {
      if (step.state() == Step.State.FAILED) {
        out.println("------");
        out.println(" > " + step.name() + ":");
        for (Step.Line line : step.tail()) {
          out.println(format(line));
        }
        out.println("------");
      }
    }
    out.flush();
  }

  private void print(boolean all) {
    Step holder = current;
    if (holder != null && pending.remove(holder)) {
      print(holder);
    }
    List<Step> completed = new ArrayList<>();
    for (Step step : pending) {
      if (step.completed()) {
        completed.add(step);
      }
    }
    completed.sort(Comparator.comparing(Step::completedAt));
    for (Step step : completed) {
      pending.remove(step);
      print(step);
    }
    while (!pending.isEmpty() && (all || current == null || turnIsOver())) {
      Step next = pending.iterator().next();
      pending.remove(next);
      print(next);
    }
    out.flush();
  }

  private boolean turnIsOver() {
    return Duration.between(currentSince, clock.instant()).compareTo(TURN) > 0;
  }

  private void print(Step step) {
    if (step.index == 0) {
      step.index = ++nextIndex;
    }
    String prefix = "#" + step.index + " ";
    Step before = current;
    if (before != step) {
      if (before != null) {
        out.println("#" + before.index + " ...");
      }
      if (!first) {
        out.println();
      }
      first = false;
      out.println(prefix + step.name());
      current = step;
      currentSince = clock.instant();
    }
    boolean open = false;
    for (Update.Part part : step.parts()) {
      open |= part.completed() == null;
      print(prefix, step, part);
    }
    int shown = shownWarnings.getOrDefault(step, 0);
    for (Update.Warning warning : step.warnings().subList(shown, step.warnings().size())) {
      out.println(prefix + "WARN: " + warning.message());
    }
    shownWarnings.put(step, step.warnings().size());
    for (Step.Line line : step.takeLines()) {
      out.println(prefix + format(line));
    }
    if (!step.completed() || open && step.error().isEmpty()) {
      return;
    }
    current = null;
    out.println(
        prefix
            + switch (step.state()) {
              case CACHED -> "CACHED";
              case CANCELLED -> "CANCELED";
              case FAILED -> "ERROR: " + step.error();
              case DONE, WAITING, RUNNING -> "DONE " + Units.seconds(step.duration(trace.now()));
            });
  }

  private void print(String prefix, Step step, Update.Part part) {
    String key = step.digest + ' ' + part.id();
    Update.Part last = shownParts.get(key);
    if (part.equals(last)) {
      return;
    }
    if (last != null && part.completed() == null) {
      double progress =
          part.total() > 0 ? (double) (part.current() - last.current()) / part.total() : 0;
      Duration time = Duration.between(last.timestamp(), part.timestamp());
      if (progress < PART_STEP && time.compareTo(PART_INTERVAL) < 0) {
        return;
      }
    }
    shownParts.put(key, part);
    StringBuilder line = new StringBuilder(prefix).append(part.id());
    if (part.total() != 0) {
      line.append(' ')
          .append(Units.bytes(part.current()))
          .append(" / ")
          .append(Units.bytes(part.total()));
    } else if (part.current() != 0) {
      line.append(' ').append(Units.bytes(part.current()));
    }
    Instant started = part.started();
    Instant end = part.completed() == null ? part.timestamp() : part.completed();
    if (started != null && end != null) {
      Duration time = Duration.between(started, end);
      if (time.toMillis() > 10) {
        line.append(' ').append(Units.seconds(time));
      }
    }
    if (part.completed() != null) {
      line.append(" done");
    }
    out.println(line);
  }

  private static String format(Step.Line line) {
    double seconds = line.at().toNanos() / 1e9;
    int places = seconds < 10 ? 3 : seconds < 100 ? 2 : 1;
    return String.format(Locale.ROOT, "%." + places + "f %s", seconds, line.text());
  }
}
