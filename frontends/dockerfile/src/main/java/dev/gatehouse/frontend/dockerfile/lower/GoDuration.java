package dev.gatehouse.frontend.dockerfile.lower;

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

  /** A number of thousandths (3 digits), millionths or billionths, without zeros at the end. */
  private static String decimal(long value, int digits) {
    long scale = 1;
    for (int i = 0; i < digits; i++) {
      scale *= 10;
    }
    if (value % scale == 0) {
      return Long.toString(value / scale);
    }
    // The digit before them keeps the zeros at the front.
    String fraction = Long.toString(scale + value % scale).substring(1);
    int end = digits;
    while (fraction.charAt(end - 1) == '0') {
      end--;
    }
    return value / scale + "." + fraction.substring(0, end);
  }
}
