package dev.gatehouse.daemon.config;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * One table of a TOML document while it is read: each accessor makes its key known, and {@link
 * #finish} refuses what nobody asked for. Keys match without regard to case, as in BuildKit.
 */
final class TomlTable {
  private final JsonNode node;
  private final String path;
  private final TomlSource source;
  private final Set<String> known = new LinkedHashSet<>();

  TomlTable(JsonNode node, String path, TomlSource source) {
    this.node = node;
    this.path = path;
    this.source = source;
  }

  @Nullable String string(String key) throws ConfigException {
    JsonNode value = find(key);
    if (value == null) {
      return null;
    }
    if (!value.isString()) {
      throw wrong(key, "a string");
    }
    return value.asString();
  }

  String string(String key, String otherwise) throws ConfigException {
    String value = string(key);
    return value == null ? otherwise : value;
  }

  @Nullable Boolean bool(String key) throws ConfigException {
    JsonNode value = find(key);
    if (value == null) {
      return null;
    }
    if (!value.isBoolean()) {
      throw wrong(key, "true or false");
    }
    return value.asBoolean();
  }

  boolean bool(String key, boolean otherwise) throws ConfigException {
    Boolean value = bool(key);
    return value == null ? otherwise : value;
  }

  @Nullable Integer integer(String key) throws ConfigException {
    JsonNode value = find(key);
    if (value == null) {
      return null;
    }
    if (!value.isIntegralNumber() || !value.canConvertToInt()) {
      throw wrong(key, "a whole number");
    }
    return value.asInt();
  }

  List<String> strings(String key) throws ConfigException {
    JsonNode value = find(key);
    if (value == null) {
      return List.of();
    }
    if (!value.isArray()) {
      throw wrong(key, "a list of strings");
    }
    List<String> strings = new ArrayList<>();
    for (JsonNode item : value) {
      if (!item.isString()) {
        throw wrong(key, "a list of strings");
      }
      strings.add(item.asString());
    }
    return List.copyOf(strings);
  }

  Map<String, String> stringMap(String key) throws ConfigException {
    JsonNode value = find(key);
    if (value == null) {
      return Map.of();
    }
    if (!value.isObject()) {
      throw wrong(key, "a table of strings");
    }
    Map<String, String> map = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> item : value.properties()) {
      if (!item.getValue().isString()) {
        throw wrong(key, "a table of strings");
      }
      map.put(item.getKey(), item.getValue().asString());
    }
    return map;
  }

  DiskSpace diskSpace(String key) throws ConfigException {
    DiskSpace value = scalar(key, DiskSpace::parse);
    return value == null ? DiskSpace.UNSET : value;
  }

  @Nullable Duration duration(String key) throws ConfigException {
    return scalar(key, GoDuration::parse);
  }

  /** The table of this name, or an empty one. */
  TomlTable table(String key) throws ConfigException {
    JsonNode value = find(key);
    if (value == null) {
      return new TomlTable(JsonNodeFactory.instance.objectNode(), child(key), source);
    }
    if (!value.isObject()) {
      throw wrong(key, "a table");
    }
    return new TomlTable(value, child(key), source);
  }

  List<TomlTable> tables(String key) throws ConfigException {
    JsonNode value = find(key);
    if (value == null) {
      return List.of();
    }
    if (!value.isArray()) {
      throw wrong(key, "a list of tables");
    }
    List<TomlTable> tables = new ArrayList<>();
    for (JsonNode item : value) {
      if (!item.isObject()) {
        throw wrong(key, "a list of tables");
      }
      tables.add(new TomlTable(item, child(key), source));
    }
    return tables;
  }

  /** All tables below this one by name; every name is allowed. */
  Map<String, TomlTable> children() throws ConfigException {
    Map<String, TomlTable> tables = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> item : node.properties()) {
      known.add(item.getKey());
      if (!item.getValue().isObject()) {
        throw wrong(item.getKey(), "a table");
      }
      tables.put(item.getKey(), new TomlTable(item.getValue(), child(item.getKey()), source));
    }
    return tables;
  }

  boolean has(String key) {
    return find(key) != null;
  }

  /** Accepts a key whatever its value. */
  void accept(String key) {
    find(key);
  }

  ConfigException error(String key, String message) {
    return source.error(path, key, message);
  }

  /**
   * @throws ConfigException if the table holds a key that no accessor asked for
   */
  void finish() throws ConfigException {
    for (String key : node.propertyNames()) {
      if (known.stream().noneMatch(key::equalsIgnoreCase)) {
        String near = nearest(key);
        throw source.error(
            path,
            key,
            "unknown key "
                + child(key)
                + (near == null ? "" : ", did you mean " + child(near) + "?"));
      }
    }
  }

  private <T> @Nullable T scalar(String key, Function<String, T> parse) throws ConfigException {
    JsonNode value = find(key);
    if (value == null) {
      return null;
    }
    if (!value.isString() && !value.isIntegralNumber()) {
      throw wrong(key, "a string or a whole number");
    }
    try {
      return parse.apply(value.asString());
    } catch (IllegalArgumentException e) {
      throw error(key, child(key) + ": " + e.getMessage());
    }
  }

  private @Nullable JsonNode find(String key) {
    known.add(key);
    JsonNode exact = node.get(key);
    if (exact != null) {
      return exact;
    }
    for (Map.Entry<String, JsonNode> item : node.properties()) {
      if (item.getKey().equalsIgnoreCase(key)) {
        return item.getValue();
      }
    }
    return null;
  }

  private ConfigException wrong(String key, String expected) {
    return error(key, child(key) + " must be " + expected);
  }

  private String child(String key) {
    String quoted = key.matches("[A-Za-z0-9_-]+") ? key : '"' + key + '"';
    return path.isEmpty() ? quoted : path + "." + quoted;
  }

  private @Nullable String nearest(String key) {
    String best = null;
    int bestDistance = Math.max(2, key.length() / 3) + 1;
    for (String candidate : known) {
      int distance = distance(key.toLowerCase(Locale.ROOT), candidate.toLowerCase(Locale.ROOT));
      if (distance < bestDistance) {
        best = candidate;
        bestDistance = distance;
      }
    }
    return best;
  }

  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int up = row[j];
        int substitute = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(substitute, Math.min(up, row[j - 1]) + 1);
        diagonal = up;
      }
    }
    return row[b.length()];
  }
}
