package dev.gatehouse.daemon.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.rpc.Status;
import dev.gatehouse.protocol.control.BuildHistoryRecord;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Filters as {@code docker buildx history ls} and {@code buildctl debug histories} send them. */
class HistoryFilterTest {
  private static final Instant NOW = Instant.parse("2026-05-04T12:00:00Z");

  private static BuildHistoryRecord.Builder record(String ref, Duration ago, Duration took) {
    Instant started = NOW.minus(ago);
    return BuildHistoryRecord.newBuilder()
        .setRef(ref)
        .setCreatedAt(Encoding.timestamp(started))
        .setCompletedAt(Encoding.timestamp(started.plus(took)));
  }

  private static final List<BuildHistoryRecord> RECORDS =
      List.of(
          record("old", Duration.ofHours(24), Duration.ofHours(1))
              .putFrontendAttrs("vcs:source", "https://example.org/a.git")
              .build(),
          record("failed", Duration.ofHours(2), Duration.ofMinutes(5))
              .setError(Status.newBuilder().setCode(2).setMessage("exit code: 1"))
              .putFrontendAttrs("context", "https://example.org/b.git#main:dir")
              .build(),
          record("left", Duration.ofHours(1), Duration.ofSeconds(5))
              .setError(Status.newBuilder().setCode(1).setMessage("the client has gone"))
              .putFrontendAttrs("context", "local")
              .build(),
          record("runs", Duration.ofMinutes(1), Duration.ZERO).clearCompletedAt().build());

  private static List<String> passing(String... filters) {
    Predicate<BuildHistoryRecord> filter = HistoryFilter.any(List.of(filters), NOW);
    return RECORDS.stream().filter(filter).map(BuildHistoryRecord::getRef).toList();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\'',
      value = {
        "ref==old | old",
        "ref!=old | failed left runs",
        "ref~=^[fl] | failed left",
        "status==completed | old",
        "status==error | failed",
        "status==canceled | left",
        "status==running | runs",
        "repository==https://example.org/a.git | old",
        "repository==https://example.org/b.git | failed",
        "repository | old failed",
        "startedAt>3h | failed left runs",
        "startedAt<3h | old",
        "startedAt<=2026-05-04T10:00:00Z | old failed",
        "completedAt>=90m,status!=running | left",
        "duration>1m | old failed",
        "duration<=5s,status==canceled | left",
        "'\"startedAt<3h\",ref~=o' | old",
      })
  void conditions(String filter, String refs) {
    assertThat(passing(filter)).containsExactly(refs.split(" "));
  }

  @Test
  void oneOfSeveralFiltersIsEnough() {
    assertThat(passing("ref==old", "status==error")).containsExactly("old", "failed");
    assertThat(passing()).hasSize(4);
  }

  @Test
  void whatIsNoFilter() {
    assertThatThrownBy(() -> passing("startedAt>yesterday")).hasMessage("invalid time yesterday");
    assertThatThrownBy(() -> passing("duration>x")).hasMessage("invalid duration x");
    assertThatThrownBy(() -> passing("\"ref")).hasMessageContaining("quote is not closed");
    assertThatThrownBy(() -> passing("ref+foo"))
        .hasMessage(
            "failed to parse history filters ref+foo: filters: parse error: [ref >|+|< foo]:"
                + " expected an operator (\"==\"|\"!=\"|\"~=\"): invalid argument");
  }
}
