package dev.gatehouse.solver.store;

import dev.gatehouse.solver.core.Digest;
import java.time.Instant;
import java.util.Objects;

/**
 * A blob of the content store.
 *
 * @param digest its address
 * @param size in bytes
 * @param createdAt when it became whole
 */
public record BlobInfo(Digest digest, long size, Instant createdAt) {
  public BlobInfo {
    Objects.requireNonNull(digest);
    Objects.requireNonNull(createdAt);
    if (size < 0) {
      throw new IllegalArgumentException("negative size: " + size);
    }
  }
}
