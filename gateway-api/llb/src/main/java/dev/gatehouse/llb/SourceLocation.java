package dev.gatehouse.llb;

import java.util.List;

/** Ranges of one source file that an operation comes from. */
public record SourceLocation(SourceMap source, List<SourceRange> ranges) {
  public SourceLocation {
    ranges = List.copyOf(ranges);
  }
}
