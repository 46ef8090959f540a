package dev.gatehouse.frontend.dockerfile.lint;

import dev.gatehouse.frontend.dockerfile.parse.Range;
import java.util.List;

/** Receives what a linter reports. */
@FunctionalInterface
public interface LintSink {
  /** A violation and the lines it is on. */
  void warn(LintFinding finding, List<Range> location);
}
