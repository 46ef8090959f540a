package dev.gatehouse.client;

import java.util.Map;
import java.util.Objects;

/**
 * A cache to import from or export to.
 *
 * @param type {@code registry}, {@code local}, {@code inline}, {@code gha}, …
 * @param attributes such as {@code ref}, {@code src}, {@code dest}, {@code mode}
 */
public record CacheOption(String type, Map<String, String> attributes) {
  public CacheOption {
    Objects.requireNonNull(type, "type");
    attributes = Map.copyOf(attributes);
  }
}
