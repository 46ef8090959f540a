package dev.gatehouse.client;

import dev.gatehouse.llb.oci.Platform;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A worker of a daemon. */
public record WorkerRecord(
    String id,
    Map<String, String> labels,
    List<Platform> platforms,
    List<GcPolicy> gcPolicies,
    DaemonInfo version,
    List<String> devices) {
  public WorkerRecord {
    labels = Map.copyOf(labels);
    platforms = List.copyOf(platforms);
    gcPolicies = List.copyOf(gcPolicies);
    devices = List.copyOf(devices);
  }

  /** A rule of the worker's garbage collection; bytes, 0 for no limit. */
  public record GcPolicy(
      boolean all,
      Duration keepDuration,
      List<String> filters,
      long reservedSpace,
      long maxUsedSpace,
      long minFreeSpace) {
    public GcPolicy {
      filters = List.copyOf(filters);
    }
  }
}
