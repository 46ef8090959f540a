package dev.gatehouse.frontend.kit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.frontend.BuildOptions;
import dev.gatehouse.frontend.CapabilitySet;
import dev.gatehouse.frontend.FrontendException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SubrequestsTest {
  private final Subrequests subrequests =
      new Subrequests()
          .add(
              new Subrequests.Description("frontend.targets", "2.0.0", "List all targets"),
              () -> Map.of("result.txt", "a b".getBytes()));

  private static FrontendOptions asking(Map<String, String> options) throws FrontendException {
    return FrontendOptions.read(
        new BuildOptions(
            options,
            "s",
            "",
            List.of(),
            CapabilitySet.ofIds(List.of()),
            CapabilitySet.ofIds(List.of())));
  }

  @Test
  void questionsAreAnswered() throws Exception {
    assertThat(subrequests.answer(asking(Map.of()))).isEmpty();
    var answer = subrequests.answer(asking(Map.of("requestid", "frontend.targets"))).orElseThrow();
    assertThat(answer.metadataText("result.txt")).hasValue("a b");
    assertThat(answer.metadataText("version")).hasValue("2.0.0");
    var describe =
        subrequests.answer(asking(Map.of("requestid", Subrequests.DESCRIBE))).orElseThrow();
    assertThat(describe.metadataText("result.txt").orElseThrow())
        .isEqualTo(
            "NAME                 VERSION DESCRIPTION\n"
                + "targets              2.0.0   List all targets\n"
                + "subrequests.describe 1.0.0   List available subrequest types\n");
    assertThatThrownBy(() -> subrequests.answer(asking(Map.of("requestid", "x"))))
        .hasMessage("unsupported request x");
  }
}
