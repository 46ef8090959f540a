package dev.gatehouse.frontend;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Rules on what sources a build may use and what they are replaced by: {@code
 * moby.buildkit.v1.sourcepolicy.Policy}.
 *
 * @param version of the format, 1
 * @param rules applied in order
 */
public record SourcePolicy(long version, List<Rule> rules) {
  public SourcePolicy {
    rules = List.copyOf(rules);
  }

  /** What a rule does with a source that it selects. */
  public enum Action {
    ALLOW,
    DENY,
    CONVERT
  }

  /** How an identifier is compared. */
  public enum Match {
    WILDCARD,
    EXACT,
    REGEX
  }

  /** How an attribute is compared. */
  public enum Condition {
    EQUAL,
    NOT_EQUAL,
    MATCHES
  }

  /** A rule; the update is for {@link Action#CONVERT}. */
  public record Rule(Action action, Selector selector, @Nullable Update update) {
    public Rule {
      Objects.requireNonNull(action, "action");
      Objects.requireNonNull(selector, "selector");
    }
  }

  /** Which sources a rule is about. */
  public record Selector(String identifier, Match match, List<Constraint> constraints) {
    public Selector {
      Objects.requireNonNull(identifier, "identifier");
      Objects.requireNonNull(match, "match");
      constraints = List.copyOf(constraints);
    }
  }

  /** A condition on an attribute of a source. */
  public record Constraint(String key, String value, Condition condition) {
    public Constraint {
      Objects.requireNonNull(key, "key");
      Objects.requireNonNull(value, "value");
      Objects.requireNonNull(condition, "condition");
    }
  }

  /** What replaces a source; an empty identifier keeps the one there is. */
  public record Update(String identifier, Map<String, String> attributes) {
    public Update {
      Objects.requireNonNull(identifier, "identifier");
      attributes = Ordered.map(attributes);
    }
  }
}
