package dev.gatehouse.solver.worker.export;

import dev.gatehouse.llb.json.Json;
import dev.gatehouse.llb.oci.Descriptor;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;

/** What exporters of images tell the client. */
final class ImageResponse {
  static final String NAME = "image.name";
  static final String DIGEST = "containerimage.digest";
  private static final String CONFIG_DIGEST = "containerimage.config.digest";
  private static final String DESCRIPTOR = "containerimage.descriptor";

  private ImageResponse() {}

  /** Digests and descriptor of an image. */
  static Map<String, String> of(ImageWriter.Written image, Descriptor root) {
    Map<String, String> response = new LinkedHashMap<>();
    response.put(DIGEST, root.digest().value());
    image.config().ifPresent(d -> response.put(CONFIG_DIGEST, d.toString()));
    response.put(DESCRIPTOR, Base64.getEncoder().encodeToString(Json.bytes(root.toJson())));
    return response;
  }

  /** The source with what the attributes add to its metadata. */
  static ExportSource withMetadata(ExportSource source, Map<String, String> attributes) {
    if (attributes.isEmpty()) {
      return source;
    }
    Map<String, byte[]> metadata = new LinkedHashMap<>(source.metadata());
    attributes.forEach(
        (k, v) -> metadata.put(k, v.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
    return new ExportSource(
        source.reference(), source.references(), metadata, source.attestations());
  }

  /** Options with the annotations that the frontend gives as metadata. */
  static ImageOptions withAnnotations(ImageOptions options, ExportSource source)
      throws dev.gatehouse.solver.core.SolveException {
    ExportAnnotations said = new ExportAnnotations();
    for (Map.Entry<String, byte[]> m : source.metadata().entrySet()) {
      said.accept(m.getKey(), new String(m.getValue(), java.nio.charset.StandardCharsets.UTF_8));
    }
    String names = options.names();
    byte[] frontends = source.metadata().get(NAME);
    if (names.equals("*")) {
      names =
          frontends == null ? "" : new String(frontends, java.nio.charset.StandardCharsets.UTF_8);
    }
    return new ImageOptions(
        names,
        options.compression(),
        options.forceCompression(),
        options.ociMediaTypes(),
        options.ociArtifact(),
        options.inlineAttestations(),
        options.annotations().with(said),
        options.epoch(),
        options.rewriteTimestamp(),
        options.rest());
  }
}
