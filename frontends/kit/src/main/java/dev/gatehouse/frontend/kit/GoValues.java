package dev.gatehouse.frontend.kit;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Texts of options read as Go reads them, with the errors that Go gives. */
public final class GoValues {
  private static final BigInteger MAX_UNSIGNED =
      BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE);

  private GoValues() {}

  /**
   * A signed number in decimal digits.
   *
   * @throws IllegalArgumentException if it is none, or none of 64 bits
   */
  public static long parseLong(String text) {
    String call = "strconv.ParseInt: parsing " + quote(text) + ": ";
    if (!text.matches("[+-]?[0-9]+")) {
      throw new IllegalArgumentException(call + "invalid syntax");
    }
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(call + "value out of range", e);
    }
  }

  /**
   * A number without sign in decimal digits.
   *
   * @throws IllegalArgumentException if it is none, or none of 64 bits
   */
  public static long parseUnsigned(String text) {
    String call = "strconv.ParseUint: parsing " + quote(text) + ": ";
    if (!text.matches("[0-9]+")) {
      throw new IllegalArgumentException(call + "invalid syntax");
    }
    BigInteger value = new BigInteger(text);
    if (value.compareTo(MAX_UNSIGNED) > 0) {
      throw new IllegalArgumentException(call + "value out of range");
    }
    return value.longValue();
  }

  /** A boolean: {@code 1}, {@code t}, {@code true} and the like; nothing for any other text. */
  public static Optional<Boolean> parseBoolean(String text) {
    return switch (text) {
      case "1", "t", "T", "true", "TRUE", "True" -> Optional.of(Boolean.TRUE);
      case "0", "f", "F", "false", "FALSE", "False" -> Optional.of(Boolean.FALSE);
      default -> Optional.empty();
    };
  }

  /**
   * The fields of a line of comma-separated values; a field in double quotes may hold commas.
   *
   * @throws IllegalArgumentException if quotes are not closed or stand in the middle of a field
   */
  public static List<String> csv(String line) {
    List<String> fields = new ArrayList<>();
    if (line.isEmpty()) {
      throw new IllegalArgumentException("EOF");
    }
    int at = 0;
    while (true) {
      if (at >= line.length() || line.charAt(at) != '"') {
        int comma = line.indexOf(',', at);
        String field = line.substring(at, comma < 0 ? line.length() : comma);
        int quote = field.indexOf('"');
        if (quote >= 0) {
          throw new IllegalArgumentException(
              "parse error on line 1, column "
                  + (at + quote + 1)
                  + ": bare \" in non-quoted-field");
        }
        fields.add(field);
        if (comma < 0) {
          return fields;
        }
        at = comma + 1;
        continue;
      }
      StringBuilder field = new StringBuilder();
      at++;
      while (true) {
        int quote = line.indexOf('"', at);
        if (quote < 0) {
          throw new IllegalArgumentException(
              "parse error on line 1, column "
                  + (at + 1)
                  + ": extraneous or missing \" in quoted-field");
        }
        field.append(line, at, quote);
        at = quote + 1;
        if (at < line.length() && line.charAt(at) == '"') {
          field.append('"');
          at++;
        } else if (at == line.length()) {
          fields.add(field.toString());
          return fields;
        } else if (line.charAt(at) == ',') {
          fields.add(field.toString());
          at++;
          break;
        } else {
          throw new IllegalArgumentException(
              "parse error on line 1, column " + at + ": extraneous or missing \" in quoted-field");
        }
      }
    }
  }

  static String quote(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }
}
