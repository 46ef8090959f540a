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
          new TreeSet<>());

  private final LintConfig config;
  private final LintSink sink;
  private final Set<String> reported;

  /** A linter for a file. */
  public Linter(LintConfig config, LintSink sink) {
    this(config, sink, new TreeSet<>());
  }

  private Linter(LintConfig config, LintSink sink, Set<String> reported) {
    this.config = config;
    this.sink = sink;
    this.reported = reported;
  }

  /** Reports a violation, unless its rule is skipped. */
  public void report(LintFinding finding, List<Range> location) {
    if (config.reports(finding.rule())) {
      reported.add(finding.rule().name());
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
          return new Linter(config.merged(LintConfig.parse(check.get())), sink, reported);
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
    if (!config.error() || reported.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new DockerfileException("lint violation found for rules: " + String.join(", ", reported))
            .withHint("check=error=true makes every build check an error"));
  }
}
