package dev.gatehouse.solver.exec;

/**
 * Limits of a container's control group. Zero and the empty text mean: not limited.
 *
 * @param memory bytes
 * @param memorySwap bytes of memory and swap together; -1 is unlimited
 * @param cpuShares relative weight
 * @param cpuQuota microseconds of processor time in a period
 * @param cpuPeriod microseconds
 * @param cpusetCpus processors, for example {@code 0-2,4}
 * @param cpusetMems memory nodes
 */
public record LinuxResources(
    long memory,
    long memorySwap,
    long cpuShares,
    long cpuQuota,
    long cpuPeriod,
    String cpusetCpus,
    String cpusetMems) {
  /** No limit at all. */
  public static final LinuxResources UNLIMITED = new LinuxResources(0, 0, 0, 0, 0, "", "");

  public LinuxResources {
    if (memory < 0 || cpuShares < 0 || cpuPeriod < 0) {
      throw new IllegalArgumentException("negative resource limit");
    }
  }

  boolean isUnlimited() {
    return equals(UNLIMITED);
  }
}
