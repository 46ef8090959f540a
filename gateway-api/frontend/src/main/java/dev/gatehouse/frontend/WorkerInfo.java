package dev.gatehouse.frontend;

import dev.gatehouse.llb.oci.Platform;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A worker of the build server.
 *
 * @param platforms what it can run; the first is its own
 */
public record WorkerInfo(String id, Map<String, String> labels, List<Platform> platforms) {
  public WorkerInfo {
    Objects.requireNonNull(id, "id");
    labels = Ordered.map(labels);
    platforms = List.copyOf(platforms);
  }
}
