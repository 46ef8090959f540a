package dev.gatehouse.client;

import java.time.Duration;
import java.util.List;

/**
 * What to remove from the daemon's disk.
 *
 * @param filters such as {@code type==source.local}; any of them must match
 * @param all whether internal and frontend records go as well
 * @param keepDuration records used within it stay; zero for none
 * @param reservedSpace bytes that always stay; 0 for none
 * @param maxUsedSpace bytes to come down to; 0 for no such aim
 * @param minFreeSpace free bytes to reach; 0 for no such aim
 */
public record PruneOptions(
    List<String> filters,
    boolean all,
    Duration keepDuration,
    long reservedSpace,
    long maxUsedSpace,
    long minFreeSpace) {
  public PruneOptions {
    filters = List.copyOf(filters);
  }

  /** Everything that is not in use. */
  public static PruneOptions everything() {
    return new PruneOptions(List.of(), true, Duration.ZERO, 0, 0, 0);
  }
}
