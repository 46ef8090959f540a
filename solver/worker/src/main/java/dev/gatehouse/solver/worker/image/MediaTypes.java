package dev.gatehouse.solver.worker.image;

import dev.gatehouse.llb.json.Json;
import dev.gatehouse.llb.json.JsonException;
import java.util.Map;
import java.util.Optional;

/** The media types of images: OCI image specification 1.1 and Docker's schema 2. */
public final class MediaTypes {
  public static final String OCI_INDEX = "application/vnd.oci.image.index.v1+json";
  public static final String OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
  public static final String OCI_CONFIG = "application/vnd.oci.image.config.v1+json";
  public static final String OCI_EMPTY = "application/vnd.oci.empty.v1+json";
  public static final String DOCKER_MANIFEST_LIST =
      "application/vnd.docker.distribution.manifest.list.v2+json";
  public static final String DOCKER_MANIFEST =
      "application/vnd.docker.distribution.manifest.v2+json";
  public static final String DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json";
  public static final String IN_TOTO = "application/vnd.in-toto+json";

  private MediaTypes() {}

  public static boolean isIndex(String mediaType) {
    return mediaType.equals(OCI_INDEX) || mediaType.equals(DOCKER_MANIFEST_LIST);
  }

  /** Whether it is an image manifest or an index of such. */
  public static boolean isManifest(String mediaType) {
    return isIndex(mediaType)
        || mediaType.equals(OCI_MANIFEST)
        || mediaType.equals(DOCKER_MANIFEST);
  }

  /** What a manifest is by its own content; a document that could be read as either is none. */
  public static Optional<String> ofManifest(byte[] content) {
    Object json;
    try {
      json = Json.parse(content);
    } catch (JsonException e) {
      return Optional.empty();
    }
    if (!(json instanceof Map<?, ?> document)) {
      return Optional.empty();
    }
    boolean manifest = document.get("config") != null || document.get("layers") != null;
    boolean index = document.get("manifests") != null;
    if (manifest == index) {
      return Optional.empty();
    }
    if (document.get("mediaType") instanceof String t && isManifest(t)) {
      return isIndex(t) == index ? Optional.of(t) : Optional.empty();
    }
    return Optional.of(index ? DOCKER_MANIFEST_LIST : DOCKER_MANIFEST);
  }
}
