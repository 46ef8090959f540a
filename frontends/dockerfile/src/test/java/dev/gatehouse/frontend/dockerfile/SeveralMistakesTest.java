package dev.gatehouse.frontend.dockerfile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.dockerfile.offline.OfflineBuild;
import dev.gatehouse.frontend.dockerfile.offline.OfflineImages;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** One run tells of everything that is wrong with a file, as far as it can go on. */
class SeveralMistakesTest {
  private static FrontendException failure(OfflineImages images, String... lines)
      throws InterruptedException {
    FrontendException failure =
        OfflineBuild.of(images, "golden")
            .run(String.join("\n", lines).getBytes(StandardCharsets.UTF_8), Map.of())
            .failure();
    assertThat(failure).isNotNull();
    return failure;
  }

  private static FrontendException failure(String... lines) throws InterruptedException {
    return failure(OfflineImages.golden(), lines);
  }

  @Test
  void keysOfMounts() throws InterruptedException {
    FrontendException failure =
        failure(
            "FROM alpine",
            "RUN --mount=tpye=cache,target=/a,shraing=locked --mount=type=cahce,target=/b true");
    assertThat(failure).hasMessageContaining("unexpected key 'tpye' in 'tpye=cache'");
    assertThat(failure.hint().orElseThrow())
        .contains("keys of a mount are type, from")
        .contains(
            "also: line 2: unexpected key 'shraing' in 'shraing=locked' (did you mean sharing?)")
        .contains("also: line 2: unsupported mount type \"cahce\" (did you mean cache?)");
  }

  @Test
  void flags() throws InterruptedException {
    FrontendException failure = failure("FROM alpine", "COPY --form=a --chmdo=1 b c");
    assertThat(failure).hasMessageContaining("unknown flag: --form (did you mean from?)");
    assertThat(failure.hint().orElseThrow())
        .contains("also: line 2: unknown flag: --chmdo (did you mean chmod?)");
  }

  @Test
  void instructionsThatCannotBeConverted() throws InterruptedException {
    FrontendException failure =
        failure(
            "FROM alpine AS base",
            "STOPSIGNAL FOO",
            "RUN --mount=type=secret,id=a,mode=x true",
            "FROM base",
            "VOLUME $unset",
            "RUN true");
    assertThat(failure).hasMessageContaining("FOO");
    assertThat(failure.sources()).hasSize(1);
    assertThat(failure.hint().orElseThrow())
        .contains("also: line 3: invalid value x for mode")
        .contains("also: line 5: VOLUME specified can not be an empty string");
  }

  /** What comes behind the first error of an instruction is not checked, as in BuildKit. */
  @Test
  void checksEndAtTheFirstError() throws InterruptedException {
    OfflineBuild.Outcome outcome =
        OfflineBuild.of(OfflineImages.golden(), "golden")
            .run(
                "FROM alpine\nENV a=$b\nSTOPSIGNAL FOO\nENV c=$d\nCMD x\n"
                    .getBytes(StandardCharsets.UTF_8),
                Map.of());
    assertThat(outcome.failure()).isNotNull();
    assertThat(outcome.warnings()).singleElement().matches(w -> w.message().contains("'$b'"));
  }

  @Test
  void imagesThatAreNotThere() throws InterruptedException {
    FrontendException failure =
        failure(
            (reference, options) -> {
              throw FrontendException.user(reference + ": not found");
            },
            "FROM first AS a",
            "FROM second",
            "COPY --from=a /x /y");
    assertThat(failure).hasMessageContaining("first");
    assertThat(failure.hint().orElseThrow()).contains("also: line 2: second");
  }
}
