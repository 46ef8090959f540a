package dev.gatehouse.frontend.dockerfile.lint;

import dev.gatehouse.frontend.dockerfile.parse.DockerfileException;
import dev.gatehouse.frontend.dockerfile.parse.GoText;
import java.util.HashSet;
import java.util.Set;

/**
 * What {@code # check=} or the build argument BUILDKIT_DOCKERFILE_CHECK says.
 *
 * @param skipAll report no stable rule
 * @param skipped names of rules not to report
 * @param experimentalAll report all experimental rules
 * @param experimental names of experimental rules to report
 * @param error a report fails the build
 */
public record LintConfig(
    boolean skipAll,
    Set<String> skipped,
    boolean experimentalAll,
    Set<String> experimental,
    boolean error) {
  /** Nothing said. */
  public static final LintConfig DEFAULT = new LintConfig(false, Set.of(), false, Set.of(), false);

  public LintConfig {
    skipped = Set.copyOf(skipped);
    experimental = Set.copyOf(experimental);
  }

  /** Reads {@code skip=A,B;error=true;experimental=all}. */
  public static LintConfig parse(String text) throws DockerfileException {
    String trimmed = GoText.trim(text);
    if (trimmed.isEmpty()) {
      return DEFAULT;
    }
    Set<String> skipped = new HashSet<>();
    Set<String> experimental = new HashSet<>();
    boolean skipAll = false;
    boolean experimentalAll = false;
    boolean error = false;
    for (String part : trimmed.split(";", 3)) {
      int equals = part.indexOf('=');
      if (equals < 0) {
        throw new DockerfileException("invalid check option " + GoText.quote(part))
            .withHint(
                "options are skip=RULE,..., error=true and experimental=RULE,..., joined by ;");
      }
      String key = GoText.trim(part.substring(0, equals));
      String value = GoText.trim(part.substring(equals + 1));
      switch (key) {
        case "skip" -> {
          if (value.equals("all")) {
            skipAll = true;
          } else {
            skipped = names(value);
          }
        }
        case "experimental" -> {
          if (value.equals("all")) {
            experimentalAll = true;
          } else {
            experimental = names(value);
          }
        }
        case "error" -> {
          Boolean parsed = GoText.parseBoolean(value);
          if (parsed == null) {
            throw new DockerfileException(
                    "failed to parse check option "
                        + GoText.quote(part)
                        + ": strconv.ParseBool: parsing "
                        + GoText.quote(value)
                        + ": invalid syntax")
                .withHint("error is true or false");
          }
          error = parsed;
        }
        default ->
            throw new DockerfileException("invalid check option " + GoText.quote(key))
                .withHint("options are skip, error and experimental");
      }
    }
    return new LintConfig(skipAll, skipped, experimentalAll, experimental, error);
  }

  /** This and what another adds to it. Whether a report is an error stays as it is here. */
  public LintConfig merged(LintConfig other) {
    Set<String> allSkipped = new HashSet<>(skipped);
    allSkipped.addAll(other.skipped);
    Set<String> allExperimental = new HashSet<>(experimental);
    allExperimental.addAll(other.experimental);
    return new LintConfig(
        skipAll || other.skipAll,
        allSkipped,
        experimentalAll || other.experimentalAll,
        allExperimental,
        error);
  }

  /** Whether violations of a rule are reported. */
  public boolean reports(LintRule rule) {
    return rule.experimental()
        ? experimentalAll || experimental.contains(rule.name())
        : !skipAll && !skipped.contains(rule.name());
  }

  private static Set<String> names(String list) {
    Set<String> names = new HashSet<>();
    for (String name : list.split(",", -1)) {
      names.add(GoText.trim(name));
    }
    return names;
  }
}
