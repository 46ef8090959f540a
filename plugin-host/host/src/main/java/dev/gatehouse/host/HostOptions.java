package dev.gatehouse.host;

import java.time.Duration;
import java.util.List;

/**
 * What frontends may do.
 *
 * @param product the name that frontends are told of this server
 * @param dockerfileEnabled whether {@code dockerfile.v0} may be asked for by name
 * @param imagesEnabled whether frontends may come from images
 * @param allowedRepositories where image frontends may come from, in any form of an image's name;
 *     the tag does not count, with a digest it is that image alone; empty: anywhere
 * @param patience how long a plugin may go without calling its gateway before it is given up
 * @param startPatience how long the process of an image frontend may take until it speaks HTTP/2
 * @param maxWarnings how many warnings one frontend may give
 * @param maxDepth how deep frontends may nest
 */
public record HostOptions(
    String product,
    boolean dockerfileEnabled,
    boolean imagesEnabled,
    List<String> allowedRepositories,
    Duration patience,
    Duration startPatience,
    int maxWarnings,
    int maxDepth) {
  public HostOptions {
    allowedRepositories = List.copyOf(allowedRepositories);
    try {
      new AllowedSources(allowedRepositories);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("allowedRepositories: " + e.getMessage(), e);
    }
  }

  AllowedSources allowed() {
    return new AllowedSources(allowedRepositories);
  }

  public static HostOptions defaults() {
    return new HostOptions(
        "gatehouse",
        true,
        true,
        List.of(),
        Duration.ofSeconds(60),
        Duration.ofSeconds(30),
        1000,
        20);
  }
}
