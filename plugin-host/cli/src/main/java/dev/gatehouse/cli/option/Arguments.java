package dev.gatehouse.cli.option;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Small languages of option values: {@code name=value}, and comma-separated fields as in CSV. */
public final class Arguments {
  private Arguments() {}

  /** A name and what follows its first equals sign. */
  public record Pair(String name, String value) {}

  /** Splits {@code name=value}. */
  public static Pair pair(String option, String text) throws UsageException {
    int equals = text.indexOf('=');
    if (equals <= 0) {
      throw new UsageException(option + " expects name=value, not \"" + text + '"');
    }
    return new Pair(text.substring(0, equals), text.substring(equals + 1));
  }

  /**
   * Reads {@code name=value,name=value}; a field in double quotes may hold commas. Names come in
   * lower case.
   */
  public static Map<String, String> fields(String option, String text) throws UsageException {
    Map<String, String> fields = new LinkedHashMap<>();
    for (String field : csv(option, text)) {
      Pair pair = pair(option, field);
      fields.put(pair.name().toLowerCase(Locale.ROOT), pair.value());
    }
    return fields;
  }

  public static List<String> csv(String option, String text) throws UsageException {
    List<String> fields = new ArrayList<>();
    StringBuilder field = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"') {
        if (quoted && i + 1 < text.length() && text.charAt(i + 1) == '"') {
          field.append('"');
          i++;
        } else {
          quoted = !quoted;
        }
      } else if (c == ',' && !quoted) {
        fields.add(field.toString());
        field.setLength(0);
      } else {
        field.append(c);
      }
    }
    if (quoted) {
      throw new UsageException(option + ": a quote is not closed in \"" + text + '"');
    }
    fields.add(field.toString());
    return fields;
  }
}
