package dev.gatehouse.llb;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What can be said of any file that is made.
 *
 * @param owner null to leave it to the builder
 * @param created the time that it bears; null for the time of the build
 */
public record FileOptions(@Nullable Owner owner, @Nullable Instant created) {
  /** Nothing said. */
  public static final FileOptions NONE = new FileOptions(null, null);

  static long nanoseconds(@Nullable Instant time) {
    return time == null
        ? -1
        : Math.addExact(Math.multiplyExact(time.getEpochSecond(), 1_000_000_000L), time.getNano());
  }
}
