package dev.gatehouse.solver.worker.source.http;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Times in headers, in the three forms of RFC 9110, section 5.6.7. */
final class HttpTime {
  private static final DateTimeFormatter FIXED =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US)
          .withZone(ZoneOffset.UTC);

  /** The form of RFC 850, with two figures of the year. */
  private static final DateTimeFormatter OLD =
      new DateTimeFormatterBuilder()
          .appendPattern("EEEE, dd-MMM-")
          .appendValueReduced(ChronoField.YEAR, 2, 2, 1969)
          .appendPattern(" HH:mm:ss zzz")
          .toFormatter(Locale.US);

  private static final DateTimeFormatter ASCTIME =
      DateTimeFormatter.ofPattern("EEE MMM ppd HH:mm:ss yyyy", Locale.US).withZone(ZoneOffset.UTC);

  private HttpTime() {}

  /** A time as all servers understand it. */
  static String format(Instant time) {
    return FIXED.format(time);
  }

  /** What a header says; nothing if nobody can read it. */
  static Optional<Instant> parse(String text) {
    if (!text.isEmpty()) {
      for (DateTimeFormatter form : List.of(DateTimeFormatter.RFC_1123_DATE_TIME, OLD, ASCTIME)) {
        try {
          return Optional.of(Instant.from(form.parse(text)));
        } catch (DateTimeException e) {
          // perhaps another form
        }
      }
    }
    return Optional.empty();
  }
}
