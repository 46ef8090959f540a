package dev.gatehouse.solver.store;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * Reads one filter expression after containerd's grammar.
 *
 * <pre>
 * selectors := selector ("," selector)*
 * selector  := field ("." field)* (operator value)?
 * field     := quoted | [A-Za-z0-9_]+
 * operator  := "==" | "!=" | "~="
 * value     := quoted | what is neither comma nor space
 * </pre>
 */
final class FilterParser {
  private static final String ESCAPED = "abfnrtv\\";
  private static final String MEANT = "\u0007\b\f\n\r\t\u000b\\";

  private final String input;
  private int at;

  FilterParser(String input) {
    this.input = input;
  }

  /** What one selector asks of a field. */
  enum Operator {
    PRESENT,
    EQUAL,
    NOT_EQUAL,
    MATCHES
  }

  /** One condition. */
  record Selector(List<String> path, Operator operator, String value, @Nullable Pattern pattern) {
    boolean matches(Optional<String> found) {
      return switch (operator) {
        case PRESENT -> found.isPresent();
        case EQUAL -> found.isPresent() && found.get().equals(value);
        case NOT_EQUAL -> !found.orElse("").equals(value);
        case MATCHES -> pattern != null && pattern.matcher(found.orElse("")).find();
      };
    }
  }

  /**
   * The conditions that must all hold; none for an empty expression.
   *
   * @throws IllegalArgumentException for what is no expression
   */
  List<Selector> parse() {
    List<Selector> all = new ArrayList<>();
    if (input.isEmpty()) {
      return all;
    }
    all.add(selector());
    while (at < input.length()) {
      if (input.charAt(at) != ',') {
        throw error(at, "unexpected input: " + input.substring(at, at + 1));
      }
      at++;
      all.add(selector());
    }
    return all;
  }

  private Selector selector() {
    List<String> path = new ArrayList<>();
    path.add(field());
    while (at < input.length() && input.charAt(at) == '.') {
      at++;
      path.add(field());
    }
    if (at == input.length() || input.charAt(at) == ',') {
      return new Selector(path, Operator.PRESENT, "", null);
    }
    Operator operator = operator();
    String value = value(operator == Operator.MATCHES);
    try {
      return new Selector(
          path, operator, value, operator == Operator.MATCHES ? Pattern.compile(value) : null);
    } catch (PatternSyntaxException e) {
      throw error(at, "not a regular expression: " + e.getDescription());
    }
  }

  private String field() {
    skipSpace();
    int start = at;
    if (at < input.length() && isQuote(input.charAt(at))) {
      return quoted(false);
    }
    while (at < input.length() && isField(input.charAt(at))) {
      at++;
    }
    if (at == start) {
      throw error(start, "expected field or quoted");
    }
    return input.substring(start, at);
  }

  private Operator operator() {
    skipSpace();
    int start = at;
    while (at < input.length() && "=!~".indexOf(input.charAt(at)) >= 0) {
      at++;
    }
    return switch (input.substring(start, at)) {
      case "==" -> Operator.EQUAL;
      case "!=" -> Operator.NOT_EQUAL;
      case "~=" -> Operator.MATCHES;
      case "" -> throw error(start, "expected an operator (\"==\"|\"!=\"|\"~=\")");
      default -> throw error(start, "unsupported operator \"" + input.substring(start, at) + '"');
    };
  }

  private String value(boolean expression) {
    skipSpace();
    int start = at;
    if (at < input.length() && isQuote(input.charAt(at))) {
      return quoted(expression);
    }
    if (at < input.length() && "=!~.,".indexOf(input.charAt(at)) < 0) {
      while (at < input.length() && isValue(input.charAt(at))) {
        at++;
      }
    }
    if (at == start) {
      throw error(start, "expected value or quoted");
    }
    return input.substring(start, at);
  }

  /** A quoted text; only a regular expression may have other quotes than double ones. */
  private String quoted(boolean expression) {
    int start = at;
    char quote = input.charAt(at++);
    StringBuilder text = new StringBuilder();
    while (true) {
      if (at == input.length() || input.charAt(at) == '\n') {
        throw error(start, "quoted literal not terminated");
      }
      char c = input.charAt(at++);
      if (c == quote) {
        break;
      }
      if (c == '\\') {
        escape(start, quote, text);
      } else {
        text.append(c);
      }
    }
    if (quote != '"' && !expression) {
      throw error(start, "invalid quote encountered");
    }
    return text.toString();
  }

  private void escape(int start, char quote, StringBuilder text) {
    char c = at < input.length() ? input.charAt(at++) : 0;
    int known = ESCAPED.indexOf(c);
    if (c == quote) {
      text.append(c);
    } else if (c != 0 && known >= 0) {
      text.append(MEANT.charAt(known));
    } else if (c >= '0' && c <= '7') {
      at--;
      text.appendCodePoint(number(start, 3, 8, 0xff));
    } else if (c == 'x') {
      text.appendCodePoint(number(start, 2, 16, 0xff));
    } else if (c == 'u') {
      text.appendCodePoint(number(start, 4, 16, Character.MAX_CODE_POINT));
    } else if (c == 'U') {
      text.appendCodePoint(number(start, 8, 16, Character.MAX_CODE_POINT));
    } else {
      throw error(start, "illegal escape sequence");
    }
  }

  private int number(int start, int digits, int base, int max) {
    long value = 0;
    for (int i = 0; i < digits; i++) {
      int digit = at < input.length() ? Character.digit(input.charAt(at), base) : -1;
      if (digit < 0) {
        throw error(start, "illegal numeric escape sequence");
      }
      at++;
      value = value * base + digit;
    }
    if (value > max) {
      throw error(start, "unquoting failed: quote syntax error");
    }
    return (int) value;
  }

  private void skipSpace() {
    while (at < input.length() && Character.isWhitespace(input.charAt(at))) {
      at++;
    }
  }

  private static boolean isQuote(char c) {
    return c == '"' || c == '/' || c == '|';
  }

  private static boolean isField(char c) {
    return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_';
  }

  private static boolean isValue(char c) {
    return c != ',' && !Character.isWhitespace(c) && !Character.isISOControl(c);
  }

  private IllegalArgumentException error(int position, String why) {
    String where =
        position < input.length()
            ? input.substring(0, position)
                + " >|"
                + input.charAt(position)
                + "|< "
                + input.substring(position + 1)
            : input;
    return new IllegalArgumentException(
        "filters: parse error: [" + where + "]: " + why + ": invalid argument");
  }
}
