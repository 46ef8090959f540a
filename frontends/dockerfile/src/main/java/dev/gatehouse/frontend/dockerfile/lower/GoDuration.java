package dev.gatehouse.frontend.dockerfile.lower;

import java.math.BigDecimal;

/** Durations as Go prints them: {@code 1h2m3.5s}. */
final class GoDuration {
  private static final long SECOND = 1_000_000_000L;

  private GoDuration() {}

  static String format(long nanoseconds) {
    if (nanoseconds == 0) {
      return "0s";
    }
    String sign = nanoseconds < 0 ? "-" : "";
    long rest = Math.abs(nanoseconds);
    if (rest < 1_000) {
      return sign + rest + "ns";
    }
    if (rest < 1_000_000) {
      return sign + decimal(rest, 3) + "µs";
    }
    if (rest < SECOND) {
      return sign + decimal(rest, 6) + "ms";
    }
    long hours = rest / (3600 * SECOND);
    long minutes = rest / (60 * SECOND) % 60;
    String seconds = decimal(rest % (60 * SECOND), 9) + "s";
    if (hours > 0) {
      return sign + hours + "h" + minutes + "m" + seconds;
    }
    return minutes > 0 ? sign + minutes + "m" + seconds : sign + seconds;
  }

  private static String decimal(long value, int digits) {
    BigDecimal number = BigDecimal.valueOf(value, digits).stripTrailingZeros();
    return number.signum() == 0 ? "0" : number.toPlainString();
  }
}
