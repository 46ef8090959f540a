package dev.gatehouse.frontend.dockerfile.lower;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Durations as Go's {@code time.Duration} prints them. */
class GoDurationTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0s",
    "1, 1ns",
    "1000, 1µs",
    "-1500, -1.5µs",
    "1000001, 1.000001ms",
    "1500000, 1.5ms",
    "1000000000, 1s",
    "30500000000, 30.5s",
    "60000000000, 1m0s",
    "3600000000000, 1h0m0s",
    "90061000000001, 25h1m1.000000001s",
    "9223372036854775807, 2562047h47m16.854775807s"
  })
  void asGoPrintsThem(long nanoseconds, String text) {
    assertThat(GoDuration.format(nanoseconds)).isEqualTo(text);
  }
}
