package dev.gatehouse.daemon.config;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Durations in the notation that BuildKit's configuration and options use: {@code 48h}, {@code
 * 1h30m}, {@code 1.5s}.
 */
public final class GoDuration {
  private static final Pattern PART =
      Pattern.compile("(\\d+(?:\\.\\d*)?|\\.\\d+)(ns|us|µs|μs|ms|s|m|h)");
  private static final Map<String, Long> NANOS =
      Map.of(
          "ns",
          1L,
          "us",
          1_000L,
          "µs",
          1_000L,
          "μs",
          1_000L,
          "ms",
          1_000_000L,
          "s",
          1_000_000_000L,
          "m",
          60_000_000_000L,
          "h",
          3_600_000_000_000L);

  private GoDuration() {}

  /**
   * Parses a duration; a bare number means seconds.
   *
   * @throws IllegalArgumentException if the text is no duration
   */
  public static Duration parse(String text) {
    if (text.isEmpty()) {
      return Duration.ZERO;
    }
    try {
      if (text.matches("-?\\d+")) {
        return Duration.ofSeconds(Long.parseLong(text));
      }
      boolean negative = text.startsWith("-");
      String rest = negative || text.startsWith("+") ? text.substring(1) : text;
      Matcher m = PART.matcher(rest);
      BigDecimal nanos = BigDecimal.ZERO;
      int at = 0;
      while (at < rest.length()) {
        if (!m.find(at) || m.start() != at) {
          throw new IllegalArgumentException("invalid duration " + text);
        }
        BigDecimal unit = BigDecimal.valueOf(NANOS.getOrDefault(m.group(2), 0L));
        nanos = nanos.add(new BigDecimal(m.group(1)).multiply(unit));
        at = m.end();
      }
      long value = nanos.setScale(0, RoundingMode.DOWN).longValueExact();
      return Duration.ofNanos(negative ? -value : value);
    } catch (ArithmeticException | NumberFormatException e) {
      throw new IllegalArgumentException("invalid duration " + text, e);
    }
  }
}
