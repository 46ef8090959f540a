package dev.gatehouse.llb.json;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes JSON with the conventions of Go's {@code encoding/json}.
 *
 * <p>Values are {@code Map<String, Object>} (in order of insertion), {@code List<Object>}, {@code
 * String}, {@code Boolean}, {@code Long}, {@link Literal} (any other number, kept as written) and
 * {@code null}. Written text has no blanks unless indentation is asked for, keeps the order of
 * members, and writes {@code <}, {@code >}, {@code &}, U+2028 and U+2029 as escapes. Input is
 * limited to a nesting of {@value #MAX_DEPTH}.
 */
public final class Json {
  /** The deepest nesting that is read. */
  public static final int MAX_DEPTH = 1000;

  /** A number that does not fit a {@code long}, with the characters it was written with. */
  public record Literal(String text) {}

  private Json() {}

  /**
   * Parses one JSON document in UTF-8.
   *
   * @throws JsonException if the text is not JSON
   */
  public static @Nullable Object parse(byte[] utf8) {
    return parse(new String(utf8, StandardCharsets.UTF_8));
  }

  /**
   * Parses one JSON document.
   *
   * @throws JsonException if the text is not JSON
   */
  public static @Nullable Object parse(String text) {
    Parser parser = new Parser(text);
    Object value = parser.value(0);
    parser.blanks();
    if (parser.position < text.length()) {
      throw parser.error("unexpected text after the value");
    }
    return value;
  }

  /** The document as compact UTF-8. */
  public static byte[] bytes(@Nullable Object value) {
    return write(value).getBytes(StandardCharsets.UTF_8);
  }

  /** The document as compact text. */
  public static String write(@Nullable Object value) {
    StringBuilder out = new StringBuilder(256);
    write(out, value, null, 0);
    return out.toString();
  }

  /** The document with a line for each member, each level set in by {@code indent}. */
  public static String writeIndented(@Nullable Object value, String indent) {
    StringBuilder out = new StringBuilder(256);
    write(out, value, indent, 0);
    return out.toString();
  }

  private static void write(
      StringBuilder out, @Nullable Object value, @Nullable String indent, int level) {
    if (value == null) {
      out.append("null");
    } else if (value instanceof String s) {
      quote(out, s);
    } else if (value instanceof Map<?, ?> map) {
      if (map.isEmpty()) {
        out.append("{}");
        return;
      }
      out.append('{');
      boolean first = true;
      for (Map.Entry<?, ?> member : map.entrySet()) {
        if (!first) {
          out.append(',');
        }
        first = false;
        line(out, indent, level + 1);
        quote(out, String.valueOf(member.getKey()));
        out.append(indent == null ? ":" : ": ");
        write(out, member.getValue(), indent, level + 1);
      }
      line(out, indent, level);
      out.append('}');
    } else if (value instanceof Iterable<?> items) {
      boolean first = true;
      out.append('[');
      for (Object item : items) {
        if (!first) {
          out.append(',');
        }
        first = false;
        line(out, indent, level + 1);
        write(out, item, indent, level + 1);
      }
      if (!first) {
        line(out, indent, level);
      }
      out.append(']');
    } else if (value instanceof Literal number) {
      out.append(number.text());
    } else if (value instanceof Boolean
        || value instanceof Long
        || value instanceof Integer
        || value instanceof Short
        || value instanceof Byte) {
      out.append(value);
    } else {
      throw new IllegalArgumentException("not a JSON value: " + value.getClass().getName());
    }
  }

  private static void line(StringBuilder out, @Nullable String indent, int level) {
    if (indent != null) {
      out.append('\n').append(indent.repeat(level));
    }
  }

  private static void quote(StringBuilder out, String s) {
    out.append('"');
    int length = s.length();
    int copied = 0;
    for (int i = 0; i < length; i++) {
      char c = s.charAt(i);
      if (isPlain(c)) {
        continue;
      }
      out.append(s, copied, i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case '\b' -> out.append("\\b");
        case '\f' -> out.append("\\f");
        case '<', '>', '&', '\u2028', '\u2029' -> unicode(out, c);
        default -> {
          if (c < 0x20) {
            unicode(out, c);
          } else if (Character.isHighSurrogate(c)
              && i + 1 < length
              && Character.isLowSurrogate(s.charAt(i + 1))) {
            out.append(c).append(s.charAt(++i));
          } else if (Character.isSurrogate(c)) {
            out.append("\\ufffd");
          } else {
            out.append(c);
          }
        }
      }
      copied = i + 1;
    }
    out.append(s, copied, length).append('"');
  }

  /** Whether a character stands for itself in any text. */
  private static boolean isPlain(char c) {
    return c >= ' '
        && c < Character.MIN_SURROGATE
        && c != '"'
        && c != '\\'
        && c != '<'
        && c != '>'
        && c != '&'
        && c != '\u2028'
        && c != '\u2029';
  }

  private static void unicode(StringBuilder out, char c) {
    out.append("\\u");
    for (int shift = 12; shift >= 0; shift -= 4) {
      out.append(Character.forDigit((c >> shift) & 0xf, 16));
    }
  }

  private static final class Parser {
    private final String text;
    private int position;

    Parser(String text) {
      this.text = text;
    }

    JsonException error(String message) {
      return new JsonException(message + " at offset " + position);
    }

    void blanks() {
      while (position < text.length() && " \t\r\n".indexOf(text.charAt(position)) >= 0) {
        position++;
      }
    }

    char peek() {
      if (position >= text.length()) {
        throw error("unexpected end of JSON input");
      }
      return text.charAt(position);
    }

    @Nullable Object value(int depth) {
      if (depth > MAX_DEPTH) {
        throw error("nested too deeply");
      }
      blanks();
      char c = peek();
      return switch (c) {
        case '{' -> object(depth);
        case '[' -> array(depth);
        case '"' -> string();
        case 't' -> word("true", Boolean.TRUE);
        case 'f' -> word("false", Boolean.FALSE);
        case 'n' -> word("null", null);
        default -> {
          if (c == '-' || (c >= '0' && c <= '9')) {
            yield number();
          }
          throw error("invalid character '" + c + "' looking for beginning of value");
        }
      };
    }

    @Nullable Object word(String word, @Nullable Object value) {
      if (!text.startsWith(word, position)) {
        throw error("invalid literal");
      }
      position += word.length();
      return value;
    }

    Map<String, @Nullable Object> object(int depth) {
      Map<String, @Nullable Object> map = new LinkedHashMap<>();
      position++;
      blanks();
      if (peek() == '}') {
        position++;
        return map;
      }
      while (true) {
        blanks();
        if (peek() != '"') {
          throw error("invalid character '" + peek() + "' looking for beginning of object key");
        }
        String key = string();
        blanks();
        if (peek() != ':') {
          throw error("expected ':' after object key");
        }
        position++;
        map.put(key, value(depth + 1));
        blanks();
        char c = peek();
        position++;
        if (c == '}') {
          return map;
        }
        if (c != ',') {
          throw error("expected ',' or '}' after object member");
        }
      }
    }

    List<@Nullable Object> array(int depth) {
      List<@Nullable Object> list = new ArrayList<>();
      position++;
      blanks();
      if (peek() == ']') {
        position++;
        return list;
      }
      while (true) {
        list.add(value(depth + 1));
        blanks();
        char c = peek();
        position++;
        if (c == ']') {
          return list;
        }
        if (c != ',') {
          throw error("expected ',' or ']' after array element");
        }
      }
    }

    String string() {
      StringBuilder out = new StringBuilder();
      position++;
      while (true) {
        char c = peek();
        position++;
        if (c == '"') {
          return out.toString();
        }
        if (c < 0x20) {
          throw error("invalid control character in string");
        }
        if (c != '\\') {
          out.append(c);
          continue;
        }
        char e = peek();
        position++;
        switch (e) {
          case '"', '\\', '/' -> out.append(e);
          case 'b' -> out.append('\b');
          case 'f' -> out.append('\f');
          case 'n' -> out.append('\n');
          case 'r' -> out.append('\r');
          case 't' -> out.append('\t');
          case 'u' -> out.append(hex());
          default -> throw error("invalid character '" + e + "' in string escape code");
        }
      }
    }

    char hex() {
      int code = 0;
      for (int i = 0; i < 4; i++) {
        int digit = Character.digit(peek(), 16);
        if (digit < 0) {
          throw error("invalid \\u escape");
        }
        position++;
        code = code * 16 + digit;
      }
      return (char) code;
    }

    Object number() {
      int start = position;
      if (peek() == '-') {
        position++;
      }
      if (peek() == '0') {
        position++;
      } else if (digits() == 0) {
        throw error("invalid number");
      }
      boolean whole = true;
      if (position < text.length() && text.charAt(position) == '.') {
        position++;
        whole = false;
        if (digits() == 0) {
          throw error("invalid number");
        }
      }
      if (position < text.length() && "eE".indexOf(text.charAt(position)) >= 0) {
        position++;
        whole = false;
        if (position < text.length() && "+-".indexOf(text.charAt(position)) >= 0) {
          position++;
        }
        if (digits() == 0) {
          throw error("invalid number");
        }
      }
      String digits = text.substring(start, position);
      if (whole && digits.length() < 19 && !digits.equals("-0")) {
        return Long.valueOf(digits);
      }
      return new Literal(digits);
    }

    int digits() {
      int start = position;
      while (position < text.length()
          && text.charAt(position) >= '0'
          && text.charAt(position) <= '9') {
        position++;
      }
      return position - start;
    }
  }
}
