package dev.gatehouse.client;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Something on the daemon's disk. Sizes in bytes. */
public record UsageRecord(
    String id,
    boolean mutable,
    boolean inUse,
    long size,
    List<String> parents,
    @Nullable Instant created,
    @Nullable Instant lastUsed,
    long usageCount,
    String description,
    String type,
    boolean shared) {
  public UsageRecord {
    parents = List.copyOf(parents);
  }
}
