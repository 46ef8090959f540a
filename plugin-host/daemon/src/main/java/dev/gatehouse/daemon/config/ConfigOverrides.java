package dev.gatehouse.daemon.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Settings that take the place of those in a configuration file, such as a command line's. Each has
 * the key that it would have in the file, as a list of names from the top; mistakes in its value
 * are reported under the name of where it came from.
 */
public final class ConfigOverrides {
  private record Setting(JsonNode value, String origin) {}

  private final Map<List<String>, Setting> settings = new LinkedHashMap<>();

  /**
   * @param origin what messages call this setting: {@code --oci-worker-net}
   */
  public void put(String origin, List<String> key, String value) {
    set(origin, key, JsonNodeFactory.instance.stringNode(value));
  }

  public void put(String origin, List<String> key, boolean value) {
    set(origin, key, JsonNodeFactory.instance.booleanNode(value));
  }

  public void put(String origin, List<String> key, long value) {
    set(origin, key, JsonNodeFactory.instance.numberNode(value));
  }

  public void put(String origin, List<String> key, List<String> values) {
    ArrayNode list = JsonNodeFactory.instance.arrayNode();
    values.forEach(list::add);
    set(origin, key, list);
  }

  private void set(String origin, List<String> key, JsonNode value) {
    if (key.isEmpty()) {
      throw new IllegalArgumentException("a setting needs a key");
    }
    settings.put(List.copyOf(key), new Setting(value, origin));
  }

  /** Where the value of this key comes from; {@code null} if not from here. */
  @Nullable String origin(List<String> key) {
    for (Map.Entry<List<String>, Setting> entry : settings.entrySet()) {
      List<String> own = entry.getKey();
      if (own.size() >= key.size() && equal(own.subList(0, key.size()), key)) {
        return entry.getValue().origin();
      }
    }
    return null;
  }

  /** Writes the settings into a document, over what it says under the same keys. */
  void apply(ObjectNode document) {
    settings.forEach((key, setting) -> {
      ObjectNode table = document;
      for (String name : key.subList(0, key.size() - 1)) {
        String present = present(table, name);
        table = table.get(present) instanceof ObjectNode child ? child : table.putObject(present);
      }
      String last = key.get(key.size() - 1);
      table.set(present(table, last), setting.value());
    });
  }

  /** The name as the table spells it: keys match without regard to case. */
  private static String present(ObjectNode table, String name) {
    if (table.has(name)) {
      return name;
    }
    for (String own : new ArrayList<>(table.propertyNames())) {
      if (own.equalsIgnoreCase(name)) {
        return own;
      }
    }
    return name;
  }

  private static boolean equal(List<String> left, List<String> right) {
    for (int i = 0; i < left.size(); i++) {
      if (!left.get(i).equalsIgnoreCase(right.get(i))) {
        return false;
      }
    }
    return true;
  }
}
