package dev.gatehouse.frontend;

/**
 * The ids of what LLB definitions may contain, as of BuildKit v0.32. Ids are immutable,
 * misspellings included; the list is that of the wire contract.
 */
public final class LlbCapabilities {
  private static final CapabilitySet ALL =
      CapabilitySet.ofIds(dev.gatehouse.llb.LlbCapabilities.all());

  private LlbCapabilities() {}

  /** Every capability that BuildKit v0.32 knows, enabled. A server leaves out what it cannot do. */
  public static CapabilitySet all() {
    return ALL;
  }
}
