package dev.gatehouse.frontend.dockerfile.instruction;

import dev.gatehouse.frontend.dockerfile.parse.DockerfileException;
import dev.gatehouse.frontend.dockerfile.parse.GoText;
import java.math.BigInteger;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/**
 * Numbers, sizes and durations in the notations, and with the errors, of the Go libraries that
 * define them.
 */
final class GoNumbers {
  private static final Pattern FLOAT =
      Pattern.compile("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d{1,4})?");
  private static final BigInteger LIMIT = BigInteger.ONE.shiftLeft(63);

  private GoNumbers() {}

  /** An unsigned number of at most 32 bits; empty if it is none. */
  static OptionalLong unsigned32(String text, int radix) {
    if (text.isEmpty() || text.length() > 64) {
      return OptionalLong.empty();
    }
    long value = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      int digit = c < 0x80 ? Character.digit(c, radix) : -1;
      if (digit < 0) {
        return OptionalLong.empty();
      }
      value = value * radix + digit;
      if (value > 0xffff_ffffL) {
        return OptionalLong.empty();
      }
    }
    return OptionalLong.of(value);
  }

  /** A signed number of at most 32 bits. */
  static int signed32(String text) throws DockerfileException {
    String digits = text.startsWith("+") || text.startsWith("-") ? text.substring(1) : text;
    boolean number = !digits.isEmpty() && digits.chars().allMatch(c -> c >= '0' && c <= '9');
    if (number) {
      try {
        return Integer.parseInt(text);
      } catch (NumberFormatException e) {
        throw new DockerfileException(
            "strconv.ParseInt: parsing " + GoText.quote(text) + ": value out of range", e);
      }
    }
    throw new DockerfileException(
        "strconv.ParseInt: parsing " + GoText.quote(text) + ": invalid syntax");
  }

  /** Bytes, as {@code 64m} or {@code 1.5GiB}; empty if it is none. */
  static OptionalLong size(String text) {
    int separator = -1;
    for (int i = text.length() - 1; i >= 0 && separator < 0; i--) {
      if ("0123456789. ".indexOf(text.charAt(i)) >= 0) {
        separator = i;
      }
    }
    if (separator < 0) {
      return OptionalLong.empty();
    }
    boolean blank = text.charAt(separator) == ' ';
    String number = text.substring(0, blank ? separator : separator + 1);
    String suffix = text.substring(separator + 1).toLowerCase(Locale.ROOT);
    if (!FLOAT.matcher(number).matches()) {
      return OptionalLong.empty();
    }
    double value = Double.parseDouble(number);
    if (value < 0 || suffix.length() > 3) {
      return OptionalLong.empty();
    }
    if (suffix.isEmpty() || suffix.equals("b")) {
      return OptionalLong.of((long) value);
    }
    int power = "kmgtp".indexOf(suffix.charAt(0)) + 1;
    boolean known =
        power > 0
            && (suffix.length() == 1
                || suffix.substring(1).equals("b")
                || suffix.substring(1).equals("ib"));
    return known ? OptionalLong.of((long) (value * Math.pow(1024, power))) : OptionalLong.empty();
  }

  /**
   * Nanoseconds, as {@code 1m30s}. Without {@link java.math.BigDecimal}, whose first use costs more
   * than the whole file.
   */
  static long duration(String text) throws DockerfileException {
    int at = 0;
    boolean negative = false;
    if (!text.isEmpty() && (text.charAt(0) == '-' || text.charAt(0) == '+')) {
      negative = text.charAt(0) == '-';
      at = 1;
    }
    if (text.substring(at).equals("0")) {
      return 0;
    }
    if (at == text.length()) {
      throw invalid(text);
    }
    BigInteger total = BigInteger.ZERO;
    while (at < text.length()) {
      int start = at;
      at = digits(text, at);
      boolean any = at > start;
      if (at - start > 40) {
        throw invalid(text);
      }
      BigInteger whole = any ? new BigInteger(text.substring(start, at)) : BigInteger.ZERO;
      BigInteger fraction = BigInteger.ZERO;
      BigInteger scale = BigInteger.ONE;
      if (at < text.length() && text.charAt(at) == '.') {
        int from = at + 1;
        at = digits(text, from);
        any |= at > from;
        if (at > from) {
          // Digits beyond what a nanosecond of an hour can show do not count.
          String shown = text.substring(from, Math.min(at, from + 18));
          fraction = new BigInteger(shown);
          scale = BigInteger.TEN.pow(shown.length());
        }
      }
      if (!any) {
        throw invalid(text);
      }
      int unitStart = at;
      while (at < text.length()
          && text.charAt(at) != '.'
          && (text.charAt(at) < '0' || text.charAt(at) > '9')) {
        at++;
      }
      String unit = text.substring(unitStart, at);
      if (unit.isEmpty()) {
        throw new DockerfileException("time: missing unit in duration " + GoText.quote(text))
            .withHint("durations are written as 30s, 5m or 1h30m");
      }
      BigInteger nanos = BigInteger.valueOf(unit(unit, text));
      total = total.add(whole.multiply(nanos)).add(fraction.multiply(nanos).divide(scale));
      if (total.compareTo(LIMIT) > 0 || (total.equals(LIMIT) && !negative)) {
        throw invalid(text);
      }
    }
    return negative ? total.negate().longValue() : total.longValue();
  }

  private static int digits(String text, int from) {
    int at = from;
    while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
      at++;
    }
    return at;
  }

  private static long unit(String unit, String text) throws DockerfileException {
    return switch (unit) {
      case "ns" -> 1L;
      case "us", "µs", "μs" -> 1_000L;
      case "ms" -> 1_000_000L;
      case "s" -> 1_000_000_000L;
      case "m" -> 60_000_000_000L;
      case "h" -> 3_600_000_000_000L;
      default ->
          throw new DockerfileException(
                  "time: unknown unit " + GoText.quote(unit) + " in duration " + GoText.quote(text))
              .withHint("units are ns, us, ms, s, m and h");
    };
  }

  private static DockerfileException invalid(String text) {
    return new DockerfileException("time: invalid duration " + GoText.quote(text))
        .withHint("durations are written as 30s, 5m or 1h30m");
  }
}
