package dev.gatehouse.llb;

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
    String cpusetMems) {}
