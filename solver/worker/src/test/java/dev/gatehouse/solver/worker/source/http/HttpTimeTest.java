package dev.gatehouse.solver.worker.source.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HttpTimeTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 UTC",
        "Sun Nov  6 08:49:37 1994"
      })
  void allFormsOfTheStandardAreRead(String text) {
    assertThat(HttpTime.parse(text)).contains(Instant.parse("1994-11-06T08:49:37Z"));
  }

  @Test
  void yearsOfTwoFiguresAreOfThisCenturyFromTheirBeginning() {
    assertThat(HttpTime.parse("Saturday, 03-Feb-24 04:05:06 GMT"))
        .contains(Instant.parse("2024-02-03T04:05:06Z"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "yesterday", "0"})
  void whatIsNoTimeIsNone(String text) {
    assertThat(HttpTime.parse(text)).isEmpty();
  }

  @Test
  void timesAreWrittenInTheFixedForm() {
    assertThat(HttpTime.format(Instant.parse("1994-11-06T08:49:37Z")))
        .isEqualTo("Sun, 06 Nov 1994 08:49:37 GMT");
  }
}
