package dev.gatehouse.solver.store;

import java.time.Duration;
import java.util.List;

/**
 * One rule of collection, as {@code [[worker.oci.gcpolicy]]} of buildkitd.toml and the Prune call
 * state it. Sizes are bytes; zero means no such bound. Without any bound all that matches goes.
 *
 * @param all whether internal, frontend and shared records may go too
 * @param filters containerd filter expressions, any of which selects a record; none selects all
 * @param keepDuration records used since are kept
 * @param reservedSpace never collect below this
 * @param maxUsedSpace collect down to this
 * @param minFreeSpace collect until the disk has this much free
 */
public record GcPolicy(
    boolean all,
    List<String> filters,
    Duration keepDuration,
    long reservedSpace,
    long maxUsedSpace,
    long minFreeSpace) {
  public GcPolicy {
    filters = List.copyOf(filters);
    if (keepDuration.isNegative() || reservedSpace < 0 || maxUsedSpace < 0 || minFreeSpace < 0) {
      throw new IllegalArgumentException("negative bound in collection policy");
    }
  }
}
