package dev.gatehouse.frontend;

import dev.gatehouse.llb.oci.Platform;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A source whose pinning facts are wanted.
 *
 * @param identifier such as {@code docker-image://docker.io/library/alpine:latest}, {@code
 *     git://…}, {@code https://…}
 * @param attributes as in a source operation
 * @param platformOrNull for images
 * @param logName the line shown while resolving
 * @param resolveMode for images: {@code default}, {@code pull}, {@code local} or empty
 * @param imageOrNull wishes for an image
 * @param gitObjects whether the raw commit and tag objects of a git source are wanted
 * @param checksumOrNull a further checksum of an http source
 * @param sourcePolicies rules that may forbid or replace the source
 */
public record SourceRequest(
    String identifier,
    Map<String, String> attributes,
    @Nullable Platform platformOrNull,
    String logName,
    String resolveMode,
    @Nullable Image imageOrNull,
    boolean gitObjects,
    @Nullable Checksum checksumOrNull,
    List<SourcePolicy> sourcePolicies) {

  /**
   * Wishes for an image.
   *
   * @param noConfig whether the config is not needed
   * @param attestationChain whether manifests that lead to attestations and signatures are wanted
   * @param resolveAttestations predicate types whose statements are wanted too
   */
  public record Image(
      boolean noConfig, boolean attestationChain, List<String> resolveAttestations) {
    public Image {
      resolveAttestations = List.copyOf(resolveAttestations);
    }
  }

  /** Checksum algorithms of an http source. */
  public enum Algorithm {
    SHA256,
    SHA384,
    SHA512
  }

  /** A checksum of an http source's content followed by a suffix. */
  public record Checksum(Algorithm algorithm, byte[] suffix) {
    public Checksum {
      Objects.requireNonNull(algorithm, "algorithm");
      suffix = suffix.clone();
    }
  }

  public SourceRequest {
    Objects.requireNonNull(identifier, "identifier");
    attributes = Ordered.map(attributes);
    Objects.requireNonNull(logName, "logName");
    Objects.requireNonNull(resolveMode, "resolveMode");
    sourcePolicies = List.copyOf(sourcePolicies);
  }

  /** A source without further wishes. */
  public static SourceRequest of(String identifier, Map<String, String> attributes) {
    return new SourceRequest(identifier, attributes, null, "", "", null, false, null, List.of());
  }

  public SourceRequest withPlatform(Platform value) {
    return new SourceRequest(
        identifier,
        attributes,
        value,
        logName,
        resolveMode,
        imageOrNull,
        gitObjects,
        checksumOrNull,
        sourcePolicies);
  }

  public SourceRequest withLogName(String value) {
    return new SourceRequest(
        identifier,
        attributes,
        platformOrNull,
        value,
        resolveMode,
        imageOrNull,
        gitObjects,
        checksumOrNull,
        sourcePolicies);
  }

  public Optional<Platform> platform() {
    return Optional.ofNullable(platformOrNull);
  }

  public Optional<Image> image() {
    return Optional.ofNullable(imageOrNull);
  }

  public Optional<Checksum> checksum() {
    return Optional.ofNullable(checksumOrNull);
  }
}
