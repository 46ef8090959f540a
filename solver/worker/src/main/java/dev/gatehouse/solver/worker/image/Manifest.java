package dev.gatehouse.solver.worker.image;

import dev.gatehouse.llb.json.Json;
import dev.gatehouse.llb.json.JsonException;
import dev.gatehouse.llb.oci.Descriptor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An image manifest, OCI or Docker, as read.
 *
 * @param config the image's configuration
 * @param layers lowest first
 */
public record Manifest(Descriptor config, List<Descriptor> layers) {
  public Manifest {
    layers = List.copyOf(layers);
  }

  /**
   * Reads a manifest.
   *
   * @throws JsonException if it is none
   */
  public static Manifest parse(byte[] content) {
    if (!(Json.parse(content) instanceof Map<?, ?> document)) {
      throw new JsonException("manifest is not a JSON object");
    }
    List<Descriptor> layers = new ArrayList<>();
    for (Object layer : list(document.get("layers"))) {
      layers.add(Descriptor.fromJson(layer));
    }
    return new Manifest(Descriptor.fromJson(document.get("config")), layers);
  }

  /** The manifests of an index or manifest list. */
  public static List<Descriptor> parseIndex(byte[] content) {
    if (!(Json.parse(content) instanceof Map<?, ?> document)) {
      throw new JsonException("index is not a JSON object");
    }
    List<Descriptor> manifests = new ArrayList<>();
    for (Object m : list(document.get("manifests"))) {
      manifests.add(Descriptor.fromJson(m));
    }
    return manifests;
  }

  /** The subject that an artifact manifest is about. */
  public static Optional<Descriptor> subject(byte[] content) {
    return Json.parse(content) instanceof Map<?, ?> document && document.get("subject") != null
        ? Optional.of(Descriptor.fromJson(document.get("subject")))
        : Optional.empty();
  }

  private static List<?> list(@Nullable Object json) {
    if (json == null) {
      return List.of();
    }
    if (json instanceof List<?> list) {
      return list;
    }
    throw new JsonException("manifest member is not a list");
  }
}
