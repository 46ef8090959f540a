package dev.gatehouse.frontend;

import java.util.Map;
import java.util.Objects;

/**
 * A cache to read from.
 *
 * @param type such as {@code registry} or {@code local}
 * @param attributes such as {@code ref}
 */
public record CacheImport(String type, Map<String, String> attributes) {
  public CacheImport {
    Objects.requireNonNull(type, "type");
    attributes = Ordered.map(attributes);
  }
}
