package dev.gatehouse.cli;

import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.llb.SourceLocation;
import dev.gatehouse.llb.SourceRange;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/** A failed build for the person at the terminal: where in the source, what, and what to do. */
final class FailureReport {
  private static final int CONTEXT = 2;
  private static final int MAX_LINES = 40;

  private final PrintStream err;

  FailureReport(PrintStream err) {
    this.err = err;
  }

  void print(FrontendException e) {
    List<SourceLocation> sources = e.sources();
    if (!sources.isEmpty()) {
      print(sources.get(0));
    }
    err.println("ERROR: failed to solve: " + e.getMessage());
    e.hint().ifPresent(hint -> err.println("hint: " + hint));
  }

  private void print(SourceLocation location) {
    if (location.ranges().isEmpty()) {
      return;
    }
    String[] lines =
        new String(location.source().data(), StandardCharsets.UTF_8).split("\r?\n", -1);
    int first = Integer.MAX_VALUE;
    int last = 0;
    for (SourceRange range : location.ranges()) {
      first = Math.min(first, range.startLine());
      last = Math.max(last, Math.max(range.startLine(), range.endLine()));
    }
    if (first < 1 || first > lines.length) {
      return;
    }
    err.println(location.source().filename() + ":" + first);
    err.println("-".repeat(20));
    int from = Math.max(1, first - CONTEXT);
    int to = Math.min(lines.length, Math.min(last + CONTEXT, from + MAX_LINES));
    for (int number = from; number <= to; number++) {
      String mark = marked(location.ranges(), number) ? ">>>" : "   ";
      err.println(
          String.format(Locale.ROOT, "%4d | %s %s", number, mark, lines[number - 1])
              .stripTrailing());
    }
    err.println("-".repeat(20));
  }

  private static boolean marked(List<SourceRange> ranges, int line) {
    for (SourceRange range : ranges) {
      if (line >= range.startLine() && line <= Math.max(range.startLine(), range.endLine())) {
        return true;
      }
    }
    return false;
  }
}
