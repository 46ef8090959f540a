package dev.gatehouse.frontend.server;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.protocol.sourcepolicy.Policy;
import dev.gatehouse.protocol.sourcepolicy.PolicyAction;
import dev.gatehouse.protocol.sourcepolicy.Rule;
import dev.gatehouse.protocol.sourcepolicy.Selector;
import org.junit.jupiter.api.Test;

/** Source policies from frontends: one that is not understood must not become a weaker one. */
class WirePolicyTest {
  private static void refused(Rule.Builder rule, String message) {
    Policy policy = Policy.newBuilder().addRules(rule).build();
    assertThatThrownBy(() -> Wire.policy(policy))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  @Test
  void rulesThatSayNothingOrTheUnknownAreRefused() {
    refused(Rule.newBuilder().setAction(PolicyAction.DENY), "invalid nil selector in policy");
    refused(
        Rule.newBuilder()
            .setActionValue(9000)
            .setSelector(Selector.newBuilder().setIdentifier("docker-image://x")),
        "source policy: rule 9000 docker-image://x: unknown type");
  }
}
