package dev.gatehouse.solver.store;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Records by the values of their metadata. Guarded by {@link RecordGraph#lock}. */
final class MetadataIndex {
  private final Map<String, Map<ByteBuffer, Set<Record>>> byKey = new HashMap<>();

  void add(Record r) {
    r.metadata.forEach((key, value) -> add(r, key, value));
  }

  void add(Record r, String key, byte[] value) {
    byKey
        .computeIfAbsent(key, k -> new HashMap<>())
        .computeIfAbsent(ByteBuffer.wrap(value.clone()), v -> new LinkedHashSet<>())
        .add(r);
  }

  void remove(Record r) {
    r.metadata.forEach((key, value) -> remove(r, key, value));
  }

  void remove(Record r, String key, byte @Nullable [] value) {
    Map<ByteBuffer, Set<Record>> values = byKey.get(key);
    if (values == null || value == null) {
      return;
    }
    Set<Record> set = values.get(ByteBuffer.wrap(value));
    if (set != null && set.remove(r) && set.isEmpty()) {
      values.remove(ByteBuffer.wrap(value));
    }
  }

  /** Ids of the records with this value under this key, the last used first. */
  List<String> search(String key, byte[] value) {
    Map<ByteBuffer, Set<Record>> values = byKey.get(key);
    Set<Record> found = values == null ? null : values.get(ByteBuffer.wrap(value));
    if (found == null) {
      return List.of();
    }
    return found.stream()
        .sorted(Comparator.comparing((Record r) -> r.lastUsedAt.orElse(Instant.EPOCH)).reversed())
        .map(r -> r.id)
        .toList();
  }
}
