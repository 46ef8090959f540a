package dev.gatehouse.frontend;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The facts that pin a source. Exactly the part of its kind is present; none for kinds that have no
 * such facts.
 *
 * @param identifier after source policies
 * @param attributes after source policies
 */
public record SourceMetadata(
    String identifier,
    Map<String, String> attributes,
    @Nullable Image imageOrNull,
    @Nullable Git gitOrNull,
    @Nullable Http httpOrNull) {

  /** An image: digest, config (empty when not wanted) and, when wanted, its attestations. */
  public record Image(
      String digest, byte[] config, @Nullable AttestationChain attestationChainOrNull) {
    public Image {
      Objects.requireNonNull(digest, "digest");
      Objects.requireNonNull(config, "config");
    }

    public Optional<AttestationChain> attestationChain() {
      return Optional.ofNullable(attestationChainOrNull);
    }
  }

  /**
   * The way from an image index to its attestation manifests and signatures, with the blobs on it
   * by digest.
   */
  public record AttestationChain(
      String root,
      String imageManifest,
      String attestationManifest,
      List<String> signatureManifests,
      Map<String, Blob> blobs) {
    public AttestationChain {
      signatureManifests = List.copyOf(signatureManifests);
      blobs = Ordered.map(blobs);
    }
  }

  /** A small blob with its descriptor. */
  public record Blob(
      String mediaType, String digest, long size, Map<String, String> annotations, byte[] data) {
    public Blob {
      annotations = Ordered.map(annotations);
    }
  }

  /**
   * A git source.
   *
   * @param checksum of what the reference names: the commit, or an annotated tag
   * @param reference full name, such as {@code refs/heads/main}
   * @param commitChecksum of the commit when the checksum is a tag's, or empty
   * @param commitObject raw, empty when not wanted
   * @param tagObject raw, empty when not wanted or not a tag
   */
  public record Git(
      String checksum,
      String reference,
      String commitChecksum,
      byte[] commitObject,
      byte[] tagObject) {}

  /**
   * An http source.
   *
   * @param checksum {@code sha256:…} of the content
   * @param filename the server's or the URL's
   */
  public record Http(
      String checksum,
      String filename,
      @Nullable Instant lastModifiedOrNull,
      @Nullable ChecksumAnswer checksumAnswerOrNull) {

    public Optional<Instant> lastModified() {
      return Optional.ofNullable(lastModifiedOrNull);
    }

    public Optional<ChecksumAnswer> checksumAnswer() {
      return Optional.ofNullable(checksumAnswerOrNull);
    }
  }

  /** The further checksum that was asked for. */
  public record ChecksumAnswer(String digest, byte[] suffix) {}

  public SourceMetadata {
    Objects.requireNonNull(identifier, "identifier");
    attributes = Ordered.map(attributes);
  }

  public Optional<Image> image() {
    return Optional.ofNullable(imageOrNull);
  }

  public Optional<Git> git() {
    return Optional.ofNullable(gitOrNull);
  }

  public Optional<Http> http() {
    return Optional.ofNullable(httpOrNull);
  }
}
