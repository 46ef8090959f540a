package dev.gatehouse.solver.worker;

import java.util.List;
import java.util.Set;

/**
 * What a build was asked with that its operations must heed.
 *
 * @param ref the build's reference, as its client chose it
 * @param entitlements what the build may do beyond the ordinary: {@code network.host}, {@code
 *     security.insecure}, {@code device}
 * @param sourcePolicies the {@code moby.buildkit.v1.sourcepolicy.Policy} messages that all sources
 *     pass, in order
 * @param noNetwork whether processes get no network unless the definition says otherwise
 * @param sourceDateEpoch seconds since 1970 that reproducible outputs carry, negative if none were
 *     given
 */
public record BuildFacts(
    String ref,
    Set<String> entitlements,
    List<byte[]> sourcePolicies,
    boolean noNetwork,
    long sourceDateEpoch) {
  public static final BuildFacts NONE = new BuildFacts("", Set.of(), List.of(), false, -1);

  public BuildFacts {
    entitlements = Set.copyOf(entitlements);
    sourcePolicies = List.copyOf(sourcePolicies);
  }
}
