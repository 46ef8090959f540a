package dev.gatehouse.frontend.dockerfile.lint;

import dev.gatehouse.frontend.dockerfile.parse.Directives;
import dev.gatehouse.frontend.dockerfile.parse.DockerfileException;
import dev.gatehouse.frontend.dockerfile.parse.Range;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Decides which violations are reported, and remembers that there were some.
 *
 * <p>Linters for parts of a file ({@link #forComments}) share this memory. Not safe for use by
 * several threads.
 */
public final class Linter {
  /** Reports nothing. */
  public static final Linter NONE =
      new Linter(
          new LintConfig(true, Set.of(), false, Set.of(), false),
          (finding, location) -> {},
          new Memory());

  private final LintConfig config;
  private final LintSink sink;
  private final Memory memory;

  /** What linters of one file share. */
  private static final class Memory {
    private final Set<String> reported = new TreeSet<>();
    private boolean stopped;
  }

  /** A linter for a file. */
  public Linter(LintConfig config, LintSink sink) {
    this(config, sink, new Memory());
  }

  private Linter(LintConfig config, LintSink sink, Memory memory) {
    this.config = config;
    this.sink = sink;
    this.memory = memory;
  }

  /** Reports nothing from here on, as after the first error of a file. */
  public void stop() {
    memory.stopped = true;
  }

  /** Reports a violation, unless its rule is skipped. */
  public void report(LintFinding finding, List<Range> location) {
    if (!memory.stopped && config.reports(finding.rule())) {
      memory.reported.add(finding.rule().name());
      sink.warn(finding, location);
    }
  }

  /**
   * The linter for an instruction with these comments before it, the first {@code check=} among
   * which it obeys.
   */
  public Linter forComments(List<String> comments) {
    for (String comment : comments) {
      Optional<String> check = Directives.inComment(comment);
      if (check.isPresent()) {
        try {
          return new Linter(config.merged(LintConfig.parse(check.get())), sink, memory);
        } catch (DockerfileException e) {
          // A check that cannot be read is a comment like any other, as in BuildKit.
          return this;
        }
      }
    }
    return this;
  }

  /** The error that the build ends with if checks are errors and something was reported. */
  public Optional<DockerfileException> violation() {
    if (!config.error() || memory.reported.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new DockerfileException(
                "lint violation found for rules: " + String.join(", ", memory.reported))
            .withHint("check=error=true makes every build check an error"));
  }
}
