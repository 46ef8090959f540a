package dev.gatehouse.solver.worker.op;

import dev.gatehouse.llb.oci.Platform;
import java.util.Map;
import java.util.Optional;

/**
 * A source that took part in a build, and exactly which version of it.
 *
 * @param identifier the source as it was asked for after source policies, {@code
 *     docker-image://docker.io/library/alpine:3}
 * @param pin what it resolved to: a digest, a commit; empty for sources without, such as local
 *     directories
 * @param platform the platform it was resolved for, if that matters
 * @param attributes the attributes of the operation
 */
public record ResolvedSource(
    String identifier, String pin, Optional<Platform> platform, Map<String, String> attributes) {
  public ResolvedSource {
    attributes = Map.copyOf(attributes);
  }
}
