package dev.gatehouse.solver.store;

import java.util.Objects;

/**
 * How a new reference is recorded.
 *
 * @param description for {@code du}, for example {@code mount / from exec make}
 * @param type what it is for
 * @param retained whether an active one stays on disk when closed without commit
 */
public record ReferenceOptions(String description, RecordType type, boolean retained) {
  public ReferenceOptions {
    Objects.requireNonNull(description);
    Objects.requireNonNull(type);
  }

  /** A regular record, dropped unless committed. */
  public static ReferenceOptions of(String description) {
    return new ReferenceOptions(description, RecordType.REGULAR, false);
  }

  /** A mutable record that stays: a cache mount, a local directory. */
  public static ReferenceOptions retained(String description, RecordType type) {
    return new ReferenceOptions(description, type, true);
  }
}
