package dev.gatehouse.frontend.dockerfile.offline;

import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.llb.SourceLocation;
import dev.gatehouse.llb.SourceRange;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/** Failures of a conversion as text for people. */
final class FailureReport {
  private static final int AROUND = 2;

  private FailureReport() {}

  static String print(FrontendException failure) {
    StringBuilder out = new StringBuilder("error: ").append(failure.getMessage()).append('\n');
    for (SourceLocation location : failure.sources()) {
      print(out, location);
    }
    failure.hint().ifPresent(hint -> out.append("hint: ").append(hint).append('\n'));
    return out.toString();
  }

  private static void print(StringBuilder out, SourceLocation location) {
    if (location.ranges().isEmpty()) {
      return;
    }
    Set<Integer> marked = new TreeSet<>();
    int first = Integer.MAX_VALUE;
    int last = 0;
    for (SourceRange range : location.ranges()) {
      for (int line = range.startLine(); line <= range.endLine(); line++) {
        marked.add(line);
      }
      first = Math.min(first, range.startLine());
      last = Math.max(last, range.endLine());
    }
    String[] lines =
        new String(location.source().data(), StandardCharsets.UTF_8).split("\r?\n", -1);
    out.append(location.source().filename()).append(':').append(first).append('\n');
    for (int line = Math.max(1, first - AROUND);
        line <= Math.min(lines.length, last + AROUND);
        line++) {
      out.append(marked.contains(line) ? ">>> " : "    ")
          .append(String.format(Locale.ROOT, "%4d | ", line))
          .append(lines[line - 1])
          .append('\n');
    }
  }
}
