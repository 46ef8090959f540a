package dev.gatehouse.solver.worker.json;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * An object as Go's {@code encoding/json} marshals a struct: fields in the order of their calls, no
 * spaces, characters that matter to HTML escaped. The {@code opt} methods leave a field out when
 * its value is the zero value, as {@code omitempty} does.
 */
public final class GoJson {
  private static final String HEX = "0123456789abcdef";

  private final StringBuilder out;
  private boolean first = true;

  private GoJson(StringBuilder out) {
    this.out = out;
  }

  /** The bytes of an object. */
  public static byte[] object(Consumer<GoJson> fields) {
    StringBuilder out = new StringBuilder();
    write(out, fields);
    return out.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static void write(StringBuilder out, Consumer<GoJson> fields) {
    out.append('{');
    fields.accept(new GoJson(out));
    out.append('}');
  }

  private StringBuilder name(String name) {
    if (!first) {
      out.append(',');
    }
    first = false;
    quote(out, name);
    return out.append(':');
  }

  public GoJson text(String name, String value) {
    quote(name(name), value);
    return this;
  }

  public GoJson optText(String name, String value) {
    return value.isEmpty() ? this : text(name, value);
  }

  public GoJson number(String name, long value) {
    name(name).append(value);
    return this;
  }

  public GoJson optNumber(String name, long value) {
    return value == 0 ? this : number(name, value);
  }

  public GoJson optFlag(String name, boolean value) {
    if (value) {
      name(name).append("true");
    }
    return this;
  }

  public GoJson optTexts(String name, List<String> values) {
    return optList(name, values, GoJson::quote);
  }

  public GoJson optNumbers(String name, List<Integer> values) {
    return optList(name, values, StringBuilder::append);
  }

  public GoJson nested(String name, Consumer<GoJson> fields) {
    write(name(name), fields);
    return this;
  }

  public <T> GoJson optObjects(String name, List<T> values, BiConsumer<GoJson, T> fields) {
    return optList(name, values, (b, value) -> write(b, json -> fields.accept(json, value)));
  }

  /** A list of objects; {@code null} where Go has a nil slice. */
  public <T> GoJson objects(String name, List<T> values, BiConsumer<GoJson, T> fields) {
    if (values.isEmpty()) {
      name(name).append("null");
      return this;
    }
    return optObjects(name, values, fields);
  }

  private <T> GoJson optList(String name, List<T> values, BiConsumer<StringBuilder, T> element) {
    if (values.isEmpty()) {
      return this;
    }
    name(name).append('[');
    boolean rest = false;
    for (T value : values) {
      if (rest) {
        out.append(',');
      }
      rest = true;
      element.accept(out, value);
    }
    out.append(']');
    return this;
  }

  private static void quote(StringBuilder out, String text) {
    out.append('"');
    int plain = 0; // where the characters that need no escape begin
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (isPlain(c) || (Character.isSurrogate(c) && isPair(text, i))) {
        continue;
      }
      out.append(text, plain, i);
      plain = i + 1;
      switch (c) {
        case '"', '\\' -> out.append('\\').append(c);
        case '\b' -> out.append("\\b");
        case '\f' -> out.append("\\f");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> escape(out, Character.isSurrogate(c) ? '\ufffd' : c);
      }
    }
    out.append(text, plain, text.length()).append('"');
  }

  private static boolean isPlain(char c) {
    return switch (c) {
      case '"', '\\', '<', '>', '&', '\u2028', '\u2029' -> false;
      default -> c >= 0x20 && !Character.isSurrogate(c);
    };
  }

  private static boolean isPair(String text, int i) {
    char c = text.charAt(i);
    return Character.isHighSurrogate(c)
        ? i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))
        : i > 0 && Character.isHighSurrogate(text.charAt(i - 1));
  }

  private static void escape(StringBuilder out, char c) {
    out.append("\\u")
        .append(HEX.charAt(c >> 12))
        .append(HEX.charAt(c >> 8 & 15))
        .append(HEX.charAt(c >> 4 & 15))
        .append(HEX.charAt(c & 15));
  }
}
