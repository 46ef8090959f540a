package dev.gatehouse.solver.store;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Who a handle can ask for the layers of its chain. */
final class LayerProviders {
  static final LayerProviders NONE = new LayerProviders(Map.of(), null);

  private final Map<String, LayerProvider> byRecord;
  private final @Nullable LayerProvider fallback;

  private LayerProviders(Map<String, LayerProvider> byRecord, @Nullable LayerProvider fallback) {
    this.byRecord = byRecord;
    this.fallback = fallback;
  }

  static LayerProviders any(LayerProvider provider) {
    return new LayerProviders(Map.of(), provider);
  }

  LayerProviders with(String record, LayerProvider provider) {
    Map<String, LayerProvider> m = new HashMap<>(byRecord);
    m.put(record, provider);
    return new LayerProviders(m, fallback);
  }

  LayerProviders with(LayerProviders other) {
    if (other == this || (other.byRecord.isEmpty() && other.fallback == null)) {
      return this;
    }
    if (byRecord.isEmpty() && fallback == null) {
      return other;
    }
    Map<String, LayerProvider> m = new HashMap<>(byRecord);
    m.putAll(other.byRecord);
    return new LayerProviders(m, other.fallback != null ? other.fallback : fallback);
  }

  Optional<LayerProvider> of(String record) {
    LayerProvider p = byRecord.get(record);
    return Optional.ofNullable(p != null ? p : fallback);
  }
}
