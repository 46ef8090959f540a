package dev.gatehouse.frontend.dockerfile.lower;

import dev.gatehouse.frontend.dockerfile.shell.Environment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Variables in the order in which they were last set. */
final class Scope implements Environment {
  private final Map<String, String> values = new LinkedHashMap<>();

  Scope() {}

  Scope(Scope other) {
    values.putAll(other.values);
  }

  @Override
  public @Nullable String get(String name) {
    return values.get(name);
  }

  @Override
  public List<String> names() {
    return List.copyOf(values.keySet());
  }

  void set(String name, String value) {
    values.remove(name);
    values.put(name, value);
  }

  void remove(String name) {
    values.remove(name);
  }
}
