package dev.gatehouse.solver.store;

import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * One line of {@code du}.
 *
 * @param id of the record
 * @param mutable whether it is a retained mutable tree
 * @param inUse whether a handle or a child in use holds it
 * @param size in bytes, 0 for what is being written or not unpacked
 * @param parents ids
 * @param createdAt when made
 * @param lastUsedAt when last mounted or found; empty if never
 * @param usageCount how often
 * @param description for people
 * @param recordType what it is for
 * @param shared whether an image outside the cache uses it too
 */
public record UsageRecord(
    String id,
    boolean mutable,
    boolean inUse,
    long size,
    List<String> parents,
    Instant createdAt,
    Optional<Instant> lastUsedAt,
    int usageCount,
    String description,
    RecordType recordType,
    boolean shared) {
  public UsageRecord {
    Objects.requireNonNull(id);
    parents = List.copyOf(parents);
    Objects.requireNonNull(createdAt);
    Objects.requireNonNull(lastUsedAt);
    Objects.requireNonNull(description);
    Objects.requireNonNull(recordType);
  }
}
