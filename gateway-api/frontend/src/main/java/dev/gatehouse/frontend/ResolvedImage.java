package dev.gatehouse.frontend;

import java.util.Objects;

/**
 * An image that was looked up.
 *
 * @param reference the reference after source policies, without digest unless it had one
 * @param digest of the manifest or index that the reference names, {@code sha256:…}
 * @param config the image config, JSON as the registry holds it; the array is shared, do not write
 *     to it
 */
public record ResolvedImage(String reference, String digest, byte[] config) {
  public ResolvedImage {
    Objects.requireNonNull(reference, "reference");
    Objects.requireNonNull(digest, "digest");
    Objects.requireNonNull(config, "config");
  }
}
