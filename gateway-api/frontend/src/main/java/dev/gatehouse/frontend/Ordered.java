package dev.gatehouse.frontend;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** Unmodifiable copies that keep the order of insertion, which {@link Map#copyOf} does not. */
final class Ordered {
  private Ordered() {}

  static <K, V> Map<K, V> map(Map<K, V> map) {
    return map.isEmpty() ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(map));
  }
}
