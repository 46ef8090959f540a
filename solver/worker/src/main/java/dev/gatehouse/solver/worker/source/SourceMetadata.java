package dev.gatehouse.solver.worker.source;

import dev.gatehouse.solver.core.Digest;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * What is known of a source without its content.
 *
 * @param identifier the source after source policies
 * @param attributes its attributes after source policies
 * @param details what the kind of source tells
 */
public record SourceMetadata(String identifier, Map<String, String> attributes, Details details) {
  public SourceMetadata {
    attributes = Map.copyOf(attributes);
  }

  /** What the kind of source tells. */
  public sealed interface Details {}

  /** A source that tells nothing. */
  public record Nothing() implements Details {}

  /**
   * An image.
   *
   * @param digest of the index or manifest that the name stands for
   * @param config the image configuration's bytes for the platform, empty if not asked for
   */
  @SuppressWarnings("ArrayRecordComponent") // wire content, which nobody compares
  public record Image(Digest digest, byte[] config) implements Details {}

  /**
   * A git repository.
   *
   * @param checksum the commit or tag object that the reference stands for
   * @param reference the full name of the reference
   * @param commitChecksum the commit, if the reference is an annotated tag
   */
  @SuppressWarnings("ArrayRecordComponent") // wire content, which nobody compares
  public record Git(
      String checksum,
      String reference,
      String commitChecksum,
      byte[] commitObject,
      byte[] tagObject)
      implements Details {}

  /** A file behind a URL. */
  public record Http(
      Digest checksum,
      String filename,
      Optional<Instant> lastModified,
      Optional<Digest> requestedChecksum)
      implements Details {}
}
