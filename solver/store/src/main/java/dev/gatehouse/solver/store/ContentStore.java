package dev.gatehouse.solver.store;

import dev.gatehouse.solver.core.Digest;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * Blobs by digest. A blob is whole and verified or not there. Blobs that no reference and no lease
 * names are collected: hold a {@link Lease} from before the ingest until something names the blob.
 */
public interface ContentStore {
  Optional<BlobInfo> info(Digest digest);

  default boolean contains(Digest digest) {
    return info(digest).isPresent();
  }

  /**
   * @throws StoreException NOT_FOUND
   */
  BlobReader open(Digest digest) throws IOException;

  /** The whole blob, for small ones such as manifests. */
  byte[] read(Digest digest) throws IOException;

  /**
   * Opens or resumes an ingest.
   *
   * @param name identifies the attempt across restarts, for example {@code layer-sha256:...}
   * @param expected what the content must be, if known; without it commit computes a sha256
   * @param size in bytes, or -1 when unknown
   */
  Ingest ingest(String name, Optional<Digest> expected, long size)
      throws IOException, InterruptedException;

  /** Stores bytes at once and returns their blob. */
  BlobInfo put(byte[] content) throws IOException;

  /** Deletes a blob; one that is not there is no error. */
  void delete(Digest digest) throws IOException;

  List<BlobInfo> list() throws IOException;
}
