package dev.gatehouse.solver.worker.export;

import dev.gatehouse.solver.core.ErrorCategory;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.store.layer.Compression;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * How an image is written: the attributes that the exporters image, oci and docker share.
 *
 * @param names comma-separated, {@code *} for what the frontend says
 * @param compression of new layers
 * @param forceCompression whether layers that exist are converted
 * @param ociMediaTypes rather than Docker's
 * @param ociArtifact whether attestation manifests are artifacts with a subject
 * @param inlineAttestations whether attestations marked inline-only are attached too
 * @param annotations of manifests, indexes and descriptors
 * @param epoch what times are cut to; absent if not said, present and empty if explicitly none
 * @param rewriteTimestamp whether times within layers are cut too
 * @param rest attributes that are not of these
 */
record ImageOptions(
    String names,
    Compression compression,
    boolean forceCompression,
    boolean ociMediaTypes,
    boolean ociArtifact,
    boolean inlineAttestations,
    ExportAnnotations annotations,
    Optional<Optional<Instant>> epoch,
    boolean rewriteTimestamp,
    Map<String, String> rest) {

  static ImageOptions parse(Map<String, String> attributes, boolean inlineAttestations)
      throws SolveException {
    String names = "";
    String type = "gzip";
    OptionalInt level = OptionalInt.empty();
    boolean force = false;
    boolean oci = true;
    Boolean artifact = null;
    boolean inline = inlineAttestations;
    boolean rewrite = false;
    Optional<Optional<Instant>> epoch = Optional.empty();
    ExportAnnotations annotations = new ExportAnnotations();
    Map<String, String> rest = new LinkedHashMap<>();
    for (Map.Entry<String, String> a : attributes.entrySet()) {
      String key = a.getKey();
      String value = a.getValue();
      if (annotations.accept(key, value)) {
        continue;
      }
      switch (key) {
        case "name" -> names = value;
        case "compression" -> type = value;
        case "compression-level" -> level = OptionalInt.of(number(key, value));
        case "force-compression" -> force = bool(key, value, true);
        case "oci-mediatypes" -> oci = bool(key, value, false);
        case "oci-artifact" -> artifact = bool(key, value, false);
        case "attestation-inline" -> inline = bool(key, value, false);
        case "rewrite-timestamp" -> rewrite = bool(key, value, false);
        case "source-date-epoch" -> epoch = Optional.of(epoch(key, value));
        case "prefer-nondist-layers" -> {
          if (bool(key, value, false)) {
            throw invalid("exporter option \"prefer-nondist-layers=true\" is not supported");
          }
        }
        default -> rest.put(key, value);
      }
    }
    Compression compression;
    try {
      compression = new Compression(Compression.parseType(type), level);
    } catch (IllegalArgumentException e) {
      throw invalid(String.valueOf(e.getMessage()));
    }
    if (Boolean.TRUE.equals(artifact) && !oci) {
      throw invalid(
          "exporter option \"oci-artifact=true\" conflicts with \"oci-mediatypes=false\"");
    }
    return new ImageOptions(
        names,
        compression,
        force,
        oci,
        artifact == null ? oci : artifact,
        inline,
        annotations,
        epoch,
        rewrite,
        rest);
  }

  /** The time to cut to, for a result or one platform of it. */
  Optional<Instant> epoch(ExportSource source, Optional<String> platform, long ofBuild)
      throws SolveException {
    if (epoch.isPresent()) {
      return epoch.get();
    }
    return epochOf(source, platform, ofBuild);
  }

  /** The time that the frontend or the build say. */
  static Optional<Instant> epochOf(ExportSource source, Optional<String> platform, long ofBuild)
      throws SolveException {
    Optional<byte[]> said = source.metadata("source.date.epoch", platform);
    if (said.isPresent()) {
      return epoch(
          "SOURCE_DATE_EPOCH from frontend",
          new String(said.get(), java.nio.charset.StandardCharsets.UTF_8));
    }
    return ofBuild >= 0 ? Optional.of(Instant.ofEpochSecond(ofBuild)) : Optional.empty();
  }

  /** Seconds since 1970; empty text is no time. */
  static Optional<Instant> epoch(String key, String value) throws SolveException {
    if (value.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(Instant.ofEpochSecond(Long.parseLong(value)));
    } catch (NumberFormatException | java.time.DateTimeException e) {
      throw invalid("invalid " + key + ": \"" + value + "\"");
    }
  }

  /**
   * Reads a boolean as Go does.
   *
   * @param empty what the empty text means, where it means something
   */
  static boolean bool(String key, String value, @Nullable Boolean empty) throws SolveException {
    return switch (value) {
      case "1", "t", "T", "TRUE", "true", "True" -> true;
      case "0", "f", "F", "FALSE", "false", "False" -> false;
      default -> {
        if (value.isEmpty() && Boolean.TRUE.equals(empty)) {
          yield true;
        }
        throw invalid("non-bool value specified for " + key + ": \"" + value + "\"");
      }
    };
  }

  private static int number(String key, String value) throws SolveException {
    try {
      return Integer.parseInt(value);
    } catch (NumberFormatException e) {
      throw invalid("non-integer value " + value + " specified for " + key);
    }
  }

  static SolveException invalid(String message) {
    return new SolveException("export.attribute", ErrorCategory.USER, message);
  }
}
