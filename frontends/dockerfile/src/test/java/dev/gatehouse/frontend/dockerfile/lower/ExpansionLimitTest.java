package dev.gatehouse.frontend.dockerfile.lower;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.dockerfile.offline.OfflineBuild;
import dev.gatehouse.frontend.dockerfile.offline.OfflineImages;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Small files that ask for more text than any machine holds are refused, and say what for. */
class ExpansionLimitTest {
  private static final OfflineBuild BUILD = OfflineBuild.of(OfflineImages.golden(), "golden");

  private static FrontendException failure(String dockerfile) throws InterruptedException {
    return BUILD.run(dockerfile.getBytes(StandardCharsets.UTF_8), Map.of()).failure();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"ENV A=$A$A\n", "ARG A=$A$A\n", "ENV A=\"$A$A\"\n", "ENV A=${A:-b}${A/x/y}\n"})
  void aVariableThatDoublesWithEachLine(String line) throws InterruptedException {
    FrontendException failure = failure("FROM a\nENV A=aaaaaaaa\n" + line.repeat(40));
    assertThat(failure).hasMessageContaining("expands to more than 4194304 characters");
    assertThat(failure.category()).isEqualTo(FrontendException.Category.USER);
    assertThat(failure.sources()).isNotEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "EXPOSE 1-65535\n",
        "RUN true\n",
        "LABEL x=$A\n",
        "WORKDIR aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/$B\n",
        "COPY <<E $A\nE\n"
      })
  void textThatEachInstructionRepeats(String line) throws InterruptedException {
    FrontendException failure =
        failure(
            "FROM a\nENV B="
                + "b".repeat(20_000)
                + "\nENV A=$B$B$B$B$B$B$B$B$B$B\n"
                + line.repeat(1_000));
    assertThat(failure).hasMessageContaining("expand to more than 33554432 characters");
    assertThat(failure.category()).isEqualTo(FrontendException.Category.USER);
  }

  @Test
  void aReplacementThatGrows() throws InterruptedException {
    FrontendException failure =
        failure(
            "FROM a\nENV A="
                + "a".repeat(50_000)
                + "\nENV B="
                + "b".repeat(50_000)
                + "\nENV C=${A//a/$B}\n");
    assertThat(failure).hasMessageContaining("too costly");
  }

  /** A megabyte of stages that each repeat all of those before would take gigabytes. */
  @ParameterizedTest
  @ValueSource(strings = {"ENV A%d=1\n", "LABEL a%d=1\n", "EXPOSE %d\n", "RUN a%d\n"})
  void stagesThatEachRepeatAllBefore(String line) throws InterruptedException {
    StringBuilder file = new StringBuilder("FROM a AS s0\n");
    for (int i = 1; i < 4_000; i++) {
      file.append("FROM s").append(i - 1).append(" AS s").append(i).append('\n');
      file.append(String.format(Locale.ROOT, line, i));
    }
    FrontendException failure = failure(file.toString());
    assertThat(failure).hasMessageContaining("expand to more than 33554432 characters");
    assertThat(failure.sources()).isNotEmpty();
  }

  /** These are inherited without a copy. */
  @Test
  void argumentsOfManyStages() throws InterruptedException {
    StringBuilder file = new StringBuilder("FROM a AS s0\n");
    for (int i = 1; i < 1_500; i++) {
      file.append("FROM s").append(i - 1).append(" AS s").append(i).append('\n');
      file.append("ARG A").append(i).append("\nLABEL a=$A1\n");
    }
    assertThat(failure(file.toString())).isNull();
  }

  @Test
  void manyVariablesAreNoneOfThis() throws InterruptedException {
    StringBuilder file = new StringBuilder("FROM a\n");
    for (int i = 0; i < 3_000; i++) {
      file.append("ENV A").append(i).append("=${A").append(Math.max(i - 1, 0)).append("}x\n");
    }
    assertThat(failure(file.toString())).isNull();
  }
}
