package dev.gatehouse.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.protocol.Capabilities;
import org.junit.jupiter.api.Test;

class LlbCapabilitiesTest {
  @Test
  void whatIsOfferedIsTheContractWithoutWhatIsLacking() {
    assertThat(Capabilities.LLB).containsAll(LlbCapabilities.LACKING);
    assertThat(Capabilities.LLB).doesNotContainAnyElementsOf(LlbCapabilities.UNANNOUNCED);
    assertThat(LlbCapabilities.ALL.capabilities())
        .hasSize(
            Capabilities.LLB.size()
                - LlbCapabilities.LACKING.size()
                + LlbCapabilities.UNANNOUNCED.size());
    assertThat(LlbCapabilities.ALL.supports("source.image")).isTrue();
    assertThat(LlbCapabilities.ALL.supports("file.copy.modestring")).isTrue();
    assertThat(LlbCapabilities.ALL.supports("cache.s3")).isFalse();
    assertThat(dev.gatehouse.frontend.LlbCapabilities.all().capabilities().keySet())
        .isEqualTo(Capabilities.LLB);
  }
}
