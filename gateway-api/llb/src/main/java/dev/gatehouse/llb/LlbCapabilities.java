package dev.gatehouse.llb;

import dev.gatehouse.protocol.Capabilities;
import java.util.Set;

/** The capabilities that definitions may need, as of BuildKit v0.32. */
public final class LlbCapabilities {
  private LlbCapabilities() {}

  /** The ids of all of them. */
  public static Set<String> all() {
    return Capabilities.LLB;
  }
}
