package dev.gatehouse.client;

import java.util.Map;
import java.util.Objects;

/**
 * What a build that succeeded says.
 *
 * @param reference id of the build
 * @param exporterResponse facts of the exporters, such as {@code containerimage.digest}
 */
public record BuildResult(String reference, Map<String, String> exporterResponse) {
  public BuildResult {
    Objects.requireNonNull(reference, "reference");
    exporterResponse = Map.copyOf(exporterResponse);
  }
}
