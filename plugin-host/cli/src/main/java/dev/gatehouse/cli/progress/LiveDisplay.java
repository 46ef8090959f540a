package dev.gatehouse.cli.progress;

import java.io.PrintStream;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A terminal that shows what is going on: steps that ended scroll away upwards, each once; below
 * them stand those that run, with their last lines of output and bars for their transfers, and a
 * line that sums up.
 *
 * <p>Only the region of running steps is redrawn, in one write, and it never grows taller than the
 * terminal.
 */
public final class LiveDisplay implements Display {
  private static final String[] SPINNER = {"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"};
  private static final String CUT_OFF = "–";
  private static final Duration QUIET = Duration.ofMillis(400);
  private static final Duration FRAME = Duration.ofMillis(80);
  private static final int LOG_LINES = 5;
  private static final int BAR = 24;

  /** The terminal's size; asked before each frame. */
  public interface Size {
    int columns();

    int rows();
  }

  private final PrintStream out;
  private final Clock clock;
  private final Size size;
  private final Style style;
  private final String title;
  private final Trace trace;
  private final Set<Step> settled = new HashSet<>();

  /** The widths of the lines that stand below those that ended. */
  private List<Integer> drawn = List.of();

  private int frame;
  private Instant lastFrame = Instant.EPOCH;

  /**
   * @param title what is being built, shown in the line that sums up
   * @param color whether to use colors
   */
  public LiveDisplay(PrintStream out, Clock clock, Size size, boolean color, String title) {
    this.out = out;
    this.clock = clock;
    this.size = size;
    this.style = new Style(color);
    this.title = title;
    this.trace = new Trace(clock);
  }

  @Override
  public void update(Update update) {
    trace.accept(update);
    draw(false);
  }

  @Override
  public void tick() {
    draw(false);
  }

  @Override
  public void finish() {
    draw(true);
  }

  private void draw(boolean last) {
    Instant now = clock.instant();
    if (!last && Duration.between(lastFrame, now).compareTo(FRAME) < 0) {
      return;
    }
    lastFrame = now;
    frame++;
    int columns = Math.max(20, size.columns());
    int rows = Math.max(6, size.rows());
    StringBuilder text = new StringBuilder();
    text.append("\u001b[?2026h\u001b[?25l");
    int above = rowsDrawn(columns);
    if (above > 0) {
      text.append("\u001b[").append(above).append('A');
    }
    List<Step> running = new ArrayList<>();
    List<Step> ended = new ArrayList<>();
    for (Step step : trace.steps()) {
      if (settled.contains(step)) {
        continue;
      }
      if (last || step.completed() && (step.state() == Step.State.CACHED || rested(step))) {
        ended.add(step);
      } else {
        running.add(step);
      }
    }
    // Those that were cut off come last.
    ended.sort(
        Comparator.comparing((Step step) -> !step.completed()).thenComparing(Step::completedAt));
    for (Step step : ended) {
      settled.add(step);
      settle(text, step, columns);
    }
    List<String> region = last ? List.of() : region(running, columns, rows - 2);
    List<String> lines = new ArrayList<>(region);
    lines.add(summary(columns, last));
    lines.forEach(line -> put(text, line));
    text.append("\u001b[J");
    drawn = last ? List.of() : lines.stream().map(Screen::clean).map(Screen::width).toList();
    if (last) {
      text.append("\u001b[?25h");
    }
    text.append("\u001b[?2026l");
    out.print(text);
    out.flush();
  }

  /** How far up the region begins. A terminal that became narrower since has broken its lines. */
  private int rowsDrawn(int columns) {
    return drawn.stream().mapToInt(width -> Math.max(1, (width + columns - 1) / columns)).sum();
  }

  /**
   * Replaces a line. Lines are erased one by one: terminals keep what they show when all of it is
   * erased at once, and whoever scrolls back would find every frame.
   */
  private static void put(StringBuilder text, String line) {
    text.append("\r\u001b[2K").append(line).append('\n');
  }

  /**
   * A vertex may run again right after it ended (resolved, then fetched): it settles after a moment
   * without that.
   */
  private boolean rested(Step step) {
    return Duration.between(step.completedAt(), trace.now()).compareTo(QUIET) > 0;
  }

  private void settle(StringBuilder text, Step step, int columns) {
    Duration time = step.duration(trace.now());
    String clock = step.state() == Step.State.CACHED ? "cached" : Units.clock(time);
    String line = row(step.completed() ? mark(step) : CUT_OFF, step.name(), clock, columns);
    put(
        text,
        switch (step.state()) {
          case FAILED -> style.red(line);
          case CANCELLED, WAITING, RUNNING -> style.yellow(line);
          case CACHED -> style.dim(line);
          case DONE -> line;
        });
    for (Update.Warning warning : step.warnings()) {
      put(text, style.yellow(Screen.cut("   ! " + warning.message(), columns)));
    }
    if (step.state() == Step.State.FAILED) {
      for (Step.Line log : step.tail()) {
        put(text, style.dim(Screen.cut("   │ " + Screen.clean(log.text()), columns)));
      }
    }
  }

  private List<String> region(List<Step> running, int columns, int rows) {
    List<String> lines = new ArrayList<>();
    int logs =
        running.isEmpty()
            ? 0
            : Math.max(0, Math.min(LOG_LINES, (rows - running.size()) / running.size()));
    int hidden = 0;
    for (Step step : running) {
      if (lines.size() >= rows - 1 && running.size() > 1) {
        hidden++;
        continue;
      }
      String line = row(mark(step), step.name(), Units.clock(step.duration(trace.now())), columns);
      lines.add(step.completed() ? line : style.bold(line));
      int space = Math.min(logs, rows - 1 - lines.size());
      List<String> details = new ArrayList<>();
      for (Update.Part part : step.parts()) {
        if (part.completed() == null) {
          details.add(bar(part, columns));
        }
      }
      for (Step.Line log : step.tail()) {
        details.add(style.dim(Screen.cut("   │ " + Screen.clean(log.text()), columns)));
      }
      String partial = Screen.clean(step.partialLine());
      if (!partial.isEmpty()) {
        details.add(style.dim(Screen.cut("   │ " + partial, columns)));
      }
      int from = Math.max(0, details.size() - Math.max(0, space));
      lines.addAll(details.subList(from, details.size()));
    }
    if (hidden > 0) {
      lines.add(style.dim("   … and " + hidden + " more"));
    }
    return lines;
  }

  private String bar(Update.Part part, int columns) {
    String name = Screen.cut(Screen.clean(part.name().isEmpty() ? part.id() : part.name()), 28);
    StringBuilder line =
        new StringBuilder("   ")
            .append(name)
            .append(" ".repeat(Math.max(1, 29 - Screen.width(name))));
    if (part.total() > 0) {
      int full = (int) Math.min(BAR, part.current() * BAR / part.total());
      if (columns > 70) {
        line.append(style.cyan("━".repeat(full)))
            .append(style.dim("─".repeat(BAR - full)))
            .append(' ');
      } else {
        line.append(part.current() * 100 / part.total()).append("% ");
      }
      line.append(Units.bytes(part.current())).append(" / ").append(Units.bytes(part.total()));
      Instant started = part.started();
      if (started != null && columns > 90) {
        double seconds = Duration.between(started, trace.now()).toMillis() / 1000.0;
        if (seconds > 0.5 && part.current() > 0) {
          line.append("  ").append(Units.bytes((long) (part.current() / seconds))).append("/s");
        }
      }
    } else if (part.current() > 0) {
      line.append(Units.bytes(part.current()));
    }
    return line.toString();
  }

  private String mark(Step step) {
    return switch (step.state()) {
      case RUNNING, WAITING -> style.cyan(SPINNER[frame % SPINNER.length]);
      case DONE -> style.green("✔");
      case CACHED -> "●";
      case FAILED -> "✘";
      case CANCELLED -> CUT_OFF;
    };
  }

  private String row(String mark, String name, String clock, int columns) {
    int room = columns - 4 - Screen.width(clock) - 1;
    String cut = Screen.cut(Screen.clean(name), room);
    return " " + mark + " " + cut + " ".repeat(Math.max(1, room - Screen.width(cut) + 1)) + clock;
  }

  private String summary(int columns, boolean last) {
    boolean failed = false;
    boolean cutOff = false;
    int cached = 0;
    for (Step step : trace.steps()) {
      failed |= step.state() == Step.State.FAILED;
      cutOff |= step.state() == Step.State.RUNNING || step.state() == Step.State.CANCELLED;
      cached += step.state() == Step.State.CACHED ? 1 : 0;
    }
    String end = failed ? "✘" : cutOff ? CUT_OFF : "✔";
    String counts =
        trace.completed()
            + "/"
            + trace.total()
            + " steps"
            + (cached > 0 ? ", " + cached + " cached" : "");
    String line =
        " "
            + (last ? end : SPINNER[frame % SPINNER.length])
            + " "
            + title
            + "  "
            + counts
            + "  "
            + Units.clock(trace.elapsed());
    String cut = Screen.cut(line, columns);
    if (!last) {
      return style.dim(cut);
    }
    return failed ? style.red(cut) : cutOff ? style.yellow(cut) : style.green(cut);
  }

  /** ANSI colors, or none. */
  private record Style(boolean color) {
    private String paint(String code, String text) {
      return color ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
    }

    String bold(String text) {
      return paint("1", text);
    }

    String dim(String text) {
      return paint("2", text);
    }

    String red(String text) {
      return paint("31", text);
    }

    String green(String text) {
      return paint("32", text);
    }

    String yellow(String text) {
      return paint("33", text);
    }

    String cyan(String text) {
      return paint("36", text);
    }
  }
}
