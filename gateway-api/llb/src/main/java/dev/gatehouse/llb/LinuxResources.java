package dev.gatehouse.llb;

import org.jspecify.annotations.Nullable;

/**
 * Limits of the containers of an operation; no part of its cache key. Zero and empty mean no limit.
 *
 * @param memory bytes
 * @param memorySwap bytes of memory and swap; -1 for no limit
 * @param cpuShares relative weight
 * @param cpuPeriod microseconds
 * @param cpuQuota microseconds a period
 * @param cpusetCpus processors, such as {@code 0-3}
 * @param cpusetMems memory nodes
 */
public record LinuxResources(
    long memory,
    long memorySwap,
    long cpuShares,
    long cpuPeriod,
    long cpuQuota,
    String cpusetCpus,
    String cpusetMems) {

  // Written out: what the JVM makes for records is made at the first call, and a frontend's process
  // lives for a few calls only.

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof LinuxResources that
        && memory == that.memory
        && memorySwap == that.memorySwap
        && cpuShares == that.cpuShares
        && cpuPeriod == that.cpuPeriod
        && cpuQuota == that.cpuQuota
        && cpusetCpus.equals(that.cpusetCpus)
        && cpusetMems.equals(that.cpusetMems);
  }

  @Override
  public int hashCode() {
    return Long.hashCode(memory) * 31 + cpusetCpus.hashCode();
  }
}
