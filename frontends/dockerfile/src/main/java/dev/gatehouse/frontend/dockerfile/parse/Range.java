package dev.gatehouse.frontend.dockerfile.parse;

import dev.gatehouse.llb.SourceRange;
import java.util.ArrayList;
import java.util.List;

/**
 * A section of a source file, from {@code start} to before {@code end}.
 *
 * <p>The ranges that go into LLB source maps, warnings and errors name whole lines, as BuildKit's
 * do: one range a line, with both positions at character 0 of it. {@link #lines} makes these.
 */
public record Range(Position start, Position end) {
  public Range {
    if (end.compareTo(start) < 0) {
      throw new IllegalArgumentException("range ends before it starts: " + start + "-" + end);
    }
  }

  /** Ranges as LLB has them. */
  public static List<SourceRange> toSource(List<Range> location) {
    List<SourceRange> ranges = new ArrayList<>(location.size());
    for (Range range : location) {
      ranges.add(
          new SourceRange(
              range.start.line(),
              range.start.character(),
              range.end.line(),
              range.end.character()));
    }
    return ranges;
  }

  /** The range that stands for one whole line. */
  public static Range line(int line) {
    return new Range(new Position(line, 0), new Position(line, 0));
  }

  /**
   * A range for each line from {@code first} to {@code last}; only {@code first} if last is not
   * after it.
   */
  public static List<Range> lines(int first, int last) {
    if (last <= first) {
      return List.of(line(first));
    }
    List<Range> ranges = new ArrayList<>(last - first + 1);
    for (int i = first; i <= last; i++) {
      ranges.add(line(i));
    }
    return List.copyOf(ranges);
  }
}
