package dev.gatehouse.frontend.dockerfile.instruction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.frontend.dockerfile.parse.DockerfileException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Durations as Go's {@code time.ParseDuration} reads them. */
class GoNumbersTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "1s, 1000000000",
    "1.5s, 1500000000",
    "1.s, 1000000000",
    ".5h, 1800000000000",
    "0.000000001s, 1",
    "0.0000000019s, 1",
    "1.999999999999999999s, 1999999999",
    "0.1000000000000000000009h, 360000000000",
    "-1.5h2m, -5520000000000",
    "+3us, 3000",
    "3µs, 3000",
    "1h1m1s1ms1us1ns, 3661001001001",
    "2562047h47m16.854775807s, 9223372036854775807",
    "9223372036854775807ns, 9223372036854775807",
    "-9223372036854775808ns, -9223372036854775808"
  })
  void durations(String text, long nanoseconds) throws Exception {
    assertThat(GoNumbers.duration(text)).isEqualTo(nanoseconds);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "-", ".s", "x", "9223372036854775808ns", "2562048h", "1.5", "3x", "1s.", "+"})
  void noDurations(String text) {
    assertThatThrownBy(() -> GoNumbers.duration(text))
        .isInstanceOf(DockerfileException.class)
        .hasMessageStartingWith("time: ");
  }
}
