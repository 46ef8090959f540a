package dev.gatehouse.host;

import java.time.Duration;
import java.util.List;

/**
 * What frontends may do.
 *
 * @param product the name that frontends are told of this server
 * @param dockerfileEnabled whether {@code dockerfile.v0} may be asked for by name
 * @param imagesEnabled whether frontends may come from images
 * @param allowedRepositories where image frontends may come from, as {@code host/name}, or {@code
 *     host/name@digest} for one image; empty: anywhere
 * @param patience how long a plugin may go without calling its gateway before it is given up
 * @param maxWarnings how many warnings one frontend may give
 * @param maxDepth how deep frontends may nest
 */
public record HostOptions(
    String product,
    boolean dockerfileEnabled,
    boolean imagesEnabled,
    List<String> allowedRepositories,
    Duration patience,
    int maxWarnings,
    int maxDepth) {
  public HostOptions {
    allowedRepositories = List.copyOf(allowedRepositories);
  }

  public static HostOptions defaults() {
    return new HostOptions("gatehouse", true, true, List.of(), Duration.ofSeconds(60), 1000, 20);
  }
}
