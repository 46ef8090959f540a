package dev.gatehouse.solver.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.protocol.pb.SourceOp;
import dev.gatehouse.protocol.sourcepolicy.AttrConstraint;
import dev.gatehouse.protocol.sourcepolicy.AttrMatch;
import dev.gatehouse.protocol.sourcepolicy.MatchType;
import dev.gatehouse.protocol.sourcepolicy.Policy;
import dev.gatehouse.protocol.sourcepolicy.PolicyAction;
import dev.gatehouse.protocol.sourcepolicy.Rule;
import dev.gatehouse.protocol.sourcepolicy.Selector;
import dev.gatehouse.protocol.sourcepolicy.Update;
import dev.gatehouse.solver.core.SolveException;
import java.util.List;
import org.junit.jupiter.api.Test;

class SourcePoliciesTest {
  private static Rule rule(PolicyAction action, MatchType match, String selector) {
    return Rule.newBuilder()
        .setAction(action)
        .setSelector(Selector.newBuilder().setIdentifier(selector).setMatchType(match))
        .build();
  }

  private static Rule convert(MatchType match, String selector, String target) {
    return rule(PolicyAction.CONVERT, match, selector).toBuilder()
        .setUpdates(Update.newBuilder().setIdentifier(target))
        .build();
  }

  private static String apply(String source, Rule... rules) throws SolveException {
    return new SourcePolicies(
            List.of(Policy.newBuilder().addAllRules(List.of(rules)).build().toByteArray()))
        .apply(SourceOp.newBuilder().setIdentifier(source).build())
        .getIdentifier();
  }

  @Test
  void theLastMatchingRuleDecides() throws Exception {
    Rule denyAll = rule(PolicyAction.DENY, MatchType.WILDCARD, "docker-image://*");
    Rule allowOne = rule(PolicyAction.ALLOW, MatchType.EXACT, "docker-image://good");
    assertThat(apply("docker-image://good", denyAll, allowOne)).isEqualTo("docker-image://good");
    assertThat(apply("local://context", denyAll)).isEqualTo("local://context");
    assertThatThrownBy(() -> apply("docker-image://good", allowOne, denyAll))
        .hasMessage(
            "error evaluating the source policy: source \"docker-image://good\" denied by policy:"
                + " source denied by policy")
        .isInstanceOfSatisfying(
            SolveException.class, e -> assertThat(e.code()).isEqualTo("policy.denied"));
  }

  @Test
  void aRuleWithoutSelectorIsRefusedWhateverTheSource() {
    Rule rule = Rule.newBuilder().setAction(PolicyAction.DENY).build();
    assertThatThrownBy(() -> apply("local://context", rule))
        .hasMessage("invalid nil selector in policy");
  }

  @Test
  void wildcardsAndExpressionsPutTheirGroupsIn() throws Exception {
    assertThat(
            apply(
                "docker-image://docker.io/library/golang:1.19",
                convert(
                    MatchType.WILDCARD,
                    "docker-image://docker.io/library/golang:*",
                    "docker-image://mirror/golang:${1}-alpine@sha256:x$$")))
        .isEqualTo("docker-image://mirror/golang:1.19-alpine@sha256:x$");
    assertThat(
            apply(
                "https://a.example/b",
                convert(
                    MatchType.REGEX,
                    "^https://([a-z]+)\\.example/(?<rest>.*)$",
                    "https://m/$1/${rest}$3")))
        .isEqualTo("https://m/a/b");
    // As in Go, $1x is the group named 1x, of which there is none.
    assertThat(apply("a", convert(MatchType.REGEX, "(a)", "b$1x"))).isEqualTo("b");
  }

  @Test
  void rewrittenSourcesAreLookedAtAgain() throws Exception {
    assertThat(
            apply(
                "a://1",
                convert(MatchType.EXACT, "a://1", "a://2"),
                convert(MatchType.EXACT, "a://2", "a://3")))
        .isEqualTo("a://3");
    assertThatThrownBy(() ->
            apply(
                "a://1",
                convert(MatchType.EXACT, "a://1", "a://2"),
                rule(PolicyAction.DENY, MatchType.EXACT, "a://2")))
        .hasMessageContaining("denied by policy");
    assertThatThrownBy(() ->
            apply(
                "a://1",
                convert(MatchType.EXACT, "a://1", "a://2"),
                convert(MatchType.EXACT, "a://2", "a://1")))
        .hasMessageContaining("too many operations");
  }

  @Test
  void attributesConstrainAndAreSet() throws Exception {
    Rule rule =
        Rule.newBuilder()
            .setAction(PolicyAction.CONVERT)
            .setSelector(
                Selector.newBuilder()
                    .setIdentifier("https://x")
                    .setMatchType(MatchType.EXACT)
                    .addConstraints(
                        AttrConstraint.newBuilder()
                            .setKey("mode")
                            .setValue("^re")
                            .setCondition(AttrMatch.MATCHES)))
            .setUpdates(Update.newBuilder().putAttrs("http.checksum", "sha256:1"))
            .build();
    SourcePolicies policies =
        new SourcePolicies(List.of(Policy.newBuilder().addRules(rule).build().toByteArray()));
    SourceOp plain = SourceOp.newBuilder().setIdentifier("https://x").build();
    assertThat(policies.apply(plain)).isSameAs(plain);
    SourceOp marked = plain.toBuilder().putAttrs("mode", "real").build();
    assertThat(policies.apply(marked).getAttrsMap()).containsEntry("http.checksum", "sha256:1");
  }

  @Test
  void nonsenseIsRefused() {
    assertThatThrownBy(() -> new SourcePolicies(List.of(new byte[] {1, 2})))
        .hasMessage("failed to parse source policy");
    assertThatThrownBy(() -> apply("a://1", rule(PolicyAction.DENY, MatchType.REGEX, "(")))
        .hasMessageContaining("invalid regex \"(\"");
    assertThatThrownBy(() -> apply("a://1", rule(PolicyAction.DENY, MatchType.WILDCARD, "**")))
        .hasMessageContaining("invalid wildcard: \"**\"");
    assertThatThrownBy(() -> apply("a://1", rule(PolicyAction.CONVERT, MatchType.EXACT, "a://1")))
        .hasMessageContaining("missing destination for convert rule");
  }

  @Test
  void expressionsThatNeverEndAreGivenUp() throws Exception {
    String slow = "(.*)*(.*)*(.*)*(.*)*(.*)*Z";
    String image = "docker-image://registry.example/some/long/name/of/an/image:latest";
    assertThatThrownBy(() -> apply(image, rule(PolicyAction.DENY, MatchType.REGEX, slow)))
        .hasMessageContaining("takes too long");
    String wild = "*e".repeat(40) + "!";
    assertThatThrownBy(
            () -> apply("e".repeat(200), rule(PolicyAction.DENY, MatchType.WILDCARD, wild)))
        .hasMessageContaining("takes too long");
    assertThatThrownBy(
            () -> apply(image, convert(MatchType.REGEX, "(.*)", "${1}".repeat(1_000_000))))
        .hasMessageContaining("too long");
    assertThat(
            apply(
                "docker-image://a/b",
                convert(MatchType.REGEX, "//a/(?P<name>.*)", "docker-image://c/${name}")))
        .isEqualTo("docker-image:docker-image://c/b");
  }
}
