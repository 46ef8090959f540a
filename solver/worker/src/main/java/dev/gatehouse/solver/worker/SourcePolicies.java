package dev.gatehouse.solver.worker;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.gatehouse.protocol.pb.SourceOp;
import dev.gatehouse.protocol.sourcepolicy.AttrConstraint;
import dev.gatehouse.protocol.sourcepolicy.Policy;
import dev.gatehouse.protocol.sourcepolicy.Rule;
import dev.gatehouse.protocol.sourcepolicy.Selector;
import dev.gatehouse.protocol.sourcepolicy.Update;
import dev.gatehouse.solver.core.ErrorCategory;
import dev.gatehouse.solver.core.SolveException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Rules about the sources that a build may use: they allow, deny or rewrite. Behaves as BuildKit's
 * source policies do: a source is looked at again after every rewrite, at most {@value
 * #MAX_REWRITES} times, and of the allowing and denying rules the last that matches decides.
 */
final class SourcePolicies {
  private static final int MAX_REWRITES = 20;

  /** The greatest length that a rewritten identifier could have, in characters. */
  private static final long MAX_REWRITTEN = 1 << 24;

  private final List<Policy> policies = new ArrayList<>();

  /**
   * @param messages {@code moby.buildkit.v1.sourcepolicy.Policy} messages in order
   */
  SourcePolicies(List<byte[]> messages) throws SolveException {
    for (byte[] message : messages) {
      try {
        Policy policy = Policy.parseFrom(message);
        for (Rule rule : policy.getRulesList()) {
          if (!rule.hasSelector()) {
            throw failure("invalid nil selector in policy");
          }
        }
        policies.add(policy);
      } catch (InvalidProtocolBufferException e) {
        throw new SolveException(
            "policy.invalid", ErrorCategory.USER, "failed to parse source policy", e);
      }
    }
  }

  /** These policies and then further ones. */
  SourcePolicies and(List<byte[]> messages) throws SolveException {
    if (messages.isEmpty()) {
      return this;
    }
    SourcePolicies both = new SourcePolicies(messages);
    both.policies.addAll(0, policies);
    return both;
  }

  /**
   * What becomes of a source.
   *
   * @return the source to use, the same object if no rule rewrites it
   * @throws SolveException with code {@code policy.denied} if it may not be used
   */
  SourceOp apply(SourceOp source) throws SolveException {
    SourceOp current = source;
    for (int i = 0; i <= MAX_REWRITES; i++) {
      SourceOp next = applyOnce(current);
      if (next.equals(current)) {
        return current;
      }
      current = next;
    }
    throw failure("too many mutations on a single source: too many operations");
  }

  private SourceOp applyOnce(SourceOp source) throws SolveException {
    try {
      return decide(source);
    } catch (BoundedText.ExhaustedException e) {
      throw new SolveException(
          "policy.invalid",
          ErrorCategory.USER,
          "error evaluating the source policy: an expression takes too long on a source",
          e);
    }
  }

  private SourceOp decide(SourceOp source) throws SolveException {
    for (Policy policy : policies) {
      boolean denied = false;
      for (Rule rule : policy.getRulesList()) {
        if (!matches(rule.getSelector(), source)) {
          continue;
        }
        switch (rule.getAction()) {
          case ALLOW -> denied = false;
          case DENY -> denied = true;
          case CONVERT -> {
            SourceOp rewritten = rewrite(rule, source);
            if (!rewritten.equals(source)) {
              return rewritten;
            }
          }
          case UNRECOGNIZED ->
              throw failure(
                  "source policy: rule "
                      + rule.getActionValue()
                      + " "
                      + rule.getSelector().getIdentifier()
                      + ": unknown type \""
                      + source.getIdentifier()
                      + "\"");
        }
      }
      if (denied) {
        throw new SolveException(
            "policy.denied",
            ErrorCategory.USER,
            "error evaluating the source policy: source \""
                + source.getIdentifier()
                + "\" denied by policy: source denied by policy");
      }
    }
    return source;
  }

  private static boolean matches(Selector selector, SourceOp source) throws SolveException {
    for (AttrConstraint constraint : selector.getConstraintsList()) {
      String value = source.getAttrsOrDefault(constraint.getKey(), "");
      boolean met =
          switch (constraint.getCondition()) {
            case EQUAL -> value.equals(constraint.getValue());
            case NOTEQUAL -> !value.equals(constraint.getValue());
            case MATCHES -> matcher(compile(constraint.getValue()), value).find();
            case UNRECOGNIZED ->
                throw failure("unknown attr condition: " + constraint.getConditionValue());
          };
      if (!met) {
        return false;
      }
    }
    if (selector.getIdentifier().equals(source.getIdentifier())) {
      return true;
    }
    return switch (selector.getMatchType()) {
      case EXACT -> false;
      case REGEX -> matcher(compile(selector.getIdentifier()), source.getIdentifier()).find();
      case WILDCARD ->
          matcher(wildcard(selector.getIdentifier()), source.getIdentifier()).matches();
      case UNRECOGNIZED -> throw failure("unknown match type: " + selector.getMatchTypeValue());
    };
  }

  private static SourceOp rewrite(Rule rule, SourceOp source) throws SolveException {
    if (!rule.hasUpdates()) {
      throw failure("error mutating source policy: missing destination for convert rule");
    }
    Update update = rule.getUpdates();
    Selector selector = rule.getSelector();
    String target =
        update.getIdentifier().isEmpty() ? selector.getIdentifier() : update.getIdentifier();
    String identifier = source.getIdentifier();
    long groups = target.chars().filter(c -> c == '$').count();
    long length = identifier.length() + 1L;
    if (length * (target.length() + groups * length) > MAX_REWRITTEN) {
      throw failure("error mutating source policy: the rewritten source may become too long");
    }
    target =
        switch (selector.getMatchType()) {
          case EXACT -> target;
          case REGEX -> {
            Matcher matcher = matcher(compile(selector.getIdentifier()), identifier);
            StringBuilder text = new StringBuilder();
            while (matcher.find()) {
              matcher.appendReplacement(text, Matcher.quoteReplacement(expand(target, matcher)));
            }
            yield matcher.appendTail(text).toString();
          }
          case WILDCARD -> {
            Matcher matcher = matcher(wildcard(selector.getIdentifier()), identifier);
            yield matcher.matches() ? expand(target, matcher) : identifier;
          }
          case UNRECOGNIZED -> throw failure("unknown match type: " + selector.getMatchTypeValue());
        };
    SourceOp.Builder rewritten = source.toBuilder();
    if (!target.isEmpty()) {
      rewritten.setIdentifier(target);
    }
    for (Map.Entry<String, String> attribute : update.getAttrsMap().entrySet()) {
      rewritten.putAttrs(attribute.getKey(), attribute.getValue());
    }
    return rewritten.build();
  }

  private static Matcher matcher(Pattern pattern, String text) {
    return pattern.matcher(new BoundedText(text));
  }

  private static Pattern compile(String expression) throws SolveException {
    try {
      return Pattern.compile(expression.replace("(?P<", "(?<")); // As Go names groups.
    } catch (PatternSyntaxException e) {
      throw failure("invalid regex \"" + expression + "\": " + e.getDescription());
    }
  }

  private static Pattern wildcard(String text) throws SolveException {
    if (text.contains("**")) {
      throw failure(
          "failed to translate wildcard \"" + text + "\" to regexp: invalid wildcard: \"**\"");
    }
    StringBuilder expression = new StringBuilder();
    String separator = "";
    for (String part : text.split("\\*", -1)) {
      expression.append(separator).append(Pattern.quote(part));
      separator = "(.*)";
    }
    return Pattern.compile(expression.toString());
  }

  /**
   * Puts groups in for {@code $1}, {@code ${1}} and {@code $name}, with the rules of Go's
   * regexp.Expand.
   */
  private static String expand(String template, Matcher match) {
    StringBuilder text = new StringBuilder();
    int at = 0;
    while (at < template.length()) {
      int dollar = template.indexOf('$', at);
      if (dollar < 0 || dollar + 1 == template.length()) {
        break;
      }
      text.append(template, at, dollar);
      if (template.charAt(dollar + 1) == '$') {
        text.append('$');
        at = dollar + 2;
        continue;
      }
      boolean braced = template.charAt(dollar + 1) == '{';
      int start = braced ? dollar + 2 : dollar + 1;
      int end = start;
      while (end < template.length()
          && (Character.isLetterOrDigit(template.charAt(end)) || template.charAt(end) == '_')) {
        end++;
      }
      if (end == start || (braced && (end == template.length() || template.charAt(end) != '}'))) {
        text.append('$');
        at = dollar + 1;
        continue;
      }
      text.append(group(match, template.substring(start, end)).orElse(""));
      at = braced ? end + 1 : end;
    }
    return text.append(template.substring(at)).toString();
  }

  private static Optional<String> group(Matcher match, String name) {
    if (name.chars().allMatch(c -> c >= '0' && c <= '9') && name.length() < 4) {
      int number = Integer.parseInt(name);
      return number <= match.groupCount()
          ? Optional.ofNullable(match.group(number))
          : Optional.empty();
    }
    return match.namedGroups().containsKey(name)
        ? Optional.ofNullable(match.group(name))
        : Optional.empty();
  }

  private static SolveException failure(String message) {
    return new SolveException("policy.invalid", ErrorCategory.USER, message);
  }
}
