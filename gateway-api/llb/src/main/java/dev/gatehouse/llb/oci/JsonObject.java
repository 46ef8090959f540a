package dev.gatehouse.llb.oci;

import dev.gatehouse.llb.json.JsonException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A parsed JSON object with typed access; names match without regard to case, as in Go, an exact
 * match first.
 */
final class JsonObject {
  private final Map<?, ?> members;
  private final String what;

  private JsonObject(Map<?, ?> members, String what) {
    this.members = members;
    this.what = what;
  }

  static JsonObject of(@Nullable Object json, String what) {
    if (json instanceof Map<?, ?> map) {
      return new JsonObject(map, what);
    }
    throw new JsonException(what + " is not a JSON object");
  }

  boolean has(String name) {
    return get(name) != null;
  }

  private @Nullable Object get(String name) {
    Object exact = members.get(name);
    if (exact != null) {
      return exact;
    }
    for (Map.Entry<?, ?> member : members.entrySet()) {
      if (member.getKey() instanceof String key && key.equalsIgnoreCase(name)) {
        return member.getValue();
      }
    }
    return null;
  }

  private JsonException wrong(String name, String expected) {
    return new JsonException(what + ": member \"" + name + "\" is not " + expected);
  }

  @Nullable JsonObject object(String name) {
    Object value = get(name);
    return value == null ? null : of(value, what + "." + name);
  }

  String string(String name) {
    Object value = get(name);
    if (value == null) {
      return "";
    }
    if (value instanceof String s) {
      return s;
    }
    throw wrong(name, "a string");
  }

  long number(String name) {
    Object value = get(name);
    if (value == null) {
      return 0;
    }
    if (value instanceof Long n) {
      return n;
    }
    throw wrong(name, "a whole number");
  }

  boolean bool(String name) {
    Object value = get(name);
    if (value == null) {
      return false;
    }
    if (value instanceof Boolean b) {
      return b;
    }
    throw wrong(name, "true or false");
  }

  List<?> list(String name) {
    Object value = get(name);
    if (value == null) {
      return List.of();
    }
    if (value instanceof List<?> list) {
      return list;
    }
    throw wrong(name, "a list");
  }

  List<String> strings(String name) {
    List<String> strings = new ArrayList<>();
    for (Object item : list(name)) {
      if (item instanceof String s) {
        strings.add(s);
      } else if (item == null) {
        strings.add("");
      } else {
        throw wrong(name, "a list of strings");
      }
    }
    return strings;
  }

  Map<String, String> stringMap(String name) {
    Map<String, String> map = new LinkedHashMap<>();
    Object value = get(name);
    if (value == null) {
      return map;
    }
    if (!(value instanceof Map<?, ?> members)) {
      throw wrong(name, "an object");
    }
    for (Map.Entry<?, ?> member : members.entrySet()) {
      if (member.getValue() != null && !(member.getValue() instanceof String)) {
        throw wrong(name, "an object of strings");
      }
      map.put(
          String.valueOf(member.getKey()),
          member.getValue() == null ? "" : member.getValue().toString());
    }
    return map;
  }

  Set<String> keys(String name) {
    Set<String> keys = new TreeSet<>();
    Object value = get(name);
    if (value == null) {
      return keys;
    }
    if (!(value instanceof Map<?, ?> members)) {
      throw wrong(name, "an object");
    }
    for (Object key : members.keySet()) {
      keys.add(String.valueOf(key));
    }
    return keys;
  }

  Digest digest(String name) {
    try {
      return new Digest(string(name));
    } catch (IllegalArgumentException e) {
      throw new JsonException(what + ": member \"" + name + "\": " + e.getMessage());
    }
  }

  Platform platform() {
    return new Platform(
        string("os"),
        string("architecture"),
        string("variant"),
        string("os.version"),
        strings("os.features"));
  }
}
