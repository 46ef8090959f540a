package dev.gatehouse.solver.store;

import dev.gatehouse.solver.core.Digest;
import java.util.Map;
import java.util.Objects;

/**
 * A layer as a blob: what an OCI descriptor says of it, and its diff id.
 *
 * @param digest of the blob as it travels
 * @param size of the blob in bytes
 * @param mediaType OCI or Docker layer type; tells the compression
 * @param diffId digest of the uncompressed tar
 * @param annotations of the descriptor, kept with the record
 * @param source where it came from, for a later provider to find it again; empty if from nowhere,
 *     else for example {@code docker.io/library/alpine}
 */
public record LayerInfo(
    Digest digest,
    long size,
    String mediaType,
    Digest diffId,
    Map<String, String> annotations,
    String source) {
  public LayerInfo {
    Objects.requireNonNull(digest);
    Objects.requireNonNull(mediaType);
    Objects.requireNonNull(diffId);
    Objects.requireNonNull(source);
    annotations = Map.copyOf(annotations);
    if (size < 0) {
      throw new IllegalArgumentException("negative size: " + size);
    }
  }
}
