package dev.gatehouse.frontend.dockerfile.outline;

import dev.gatehouse.frontend.dockerfile.parse.Range;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A part of a source file with marks at its lines, as BuildKit prints it under an error or a
 * warning.
 */
public final class MarkedSource {
  private static final String RULE = "--------------------\n";

  private MarkedSource() {}

  /**
   * The lines around some ranges, with {@code >>>} before those that are in one; nothing where no
   * range is in the file.
   *
   * @param source the file's bytes, which are shown as they are
   */
  public static byte[] print(String filename, byte[] source, List<Range> ranges) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int start = Integer.MAX_VALUE;
    int end = 0;
    for (Range range : ranges) {
      start = Math.min(start, range.start().line());
      end = Math.max(end, Math.max(range.end().line(), range.start().line()));
    }
    List<int[]> lines = lines(source);
    if (ranges.isEmpty() || start < 1 || start > lines.size()) {
      return out.toByteArray();
    }
    end = Math.min(end, lines.size());
    int first = start;
    int pad = end == start ? 4 : 2;
    // Each round counts once for itself: so few lines does the reference show.
    for (int shown = 0; shown < pad; shown++) {
      if (first > 1) {
        first--;
        shown++;
      }
      if (end != lines.size()) {
        end++;
        shown++;
      }
    }
    write(out, filename + ":" + start + "\n" + RULE);
    for (int line = first; line <= end; line++) {
      int[] bounds = lines.get(line - 1);
      write(
          out,
          String.format(Locale.ROOT, " %3d | %s ", line, marked(ranges, line) ? ">>>" : "   "));
      out.write(source, bounds[0], bounds[1] - bounds[0]);
      out.write('\n');
    }
    write(out, RULE);
    return out.toByteArray();
  }

  private static boolean marked(List<Range> ranges, int line) {
    for (Range range : ranges) {
      if (range.start().line() <= line
          && Math.max(range.end().line(), range.start().line()) >= line) {
        return true;
      }
    }
    return false;
  }

  private static List<int[]> lines(byte[] source) {
    List<int[]> lines = new ArrayList<>();
    int start = 0;
    for (int i = 0; i < source.length; i++) {
      if (source[i] == '\n') {
        lines.add(new int[] {start, i});
        start = i + 1;
      }
    }
    lines.add(new int[] {start, source.length});
    return lines;
  }

  private static void write(ByteArrayOutputStream out, String text) {
    out.writeBytes(text.getBytes(StandardCharsets.UTF_8));
  }
}
