package dev.gatehouse.solver.worker.image;

import dev.gatehouse.llb.json.Json;
import dev.gatehouse.llb.json.JsonException;
import dev.gatehouse.llb.oci.Descriptor;
import dev.gatehouse.llb.oci.Platform;
import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.core.ErrorCategory;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.store.LayerInfo;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Follows an image from its root, an index or manifest, to the configuration and layers of one
 * platform.
 */
public final class ImageReader {
  private static final int MAX_DEPTH = 8;
  private static final String DOCKER_SCHEMA_1 = "application/vnd.docker.distribution.manifest.v1";

  private ImageReader() {}

  /** Reads manifests and configurations by descriptor; what it returns is verified. */
  @FunctionalInterface
  public interface Documents {
    byte[] read(Descriptor descriptor) throws IOException, InterruptedException;
  }

  /**
   * An image of one platform.
   *
   * @param root what the image's name stands for
   * @param manifest the platform's manifest
   * @param config the configuration's bytes
   * @param layers lowest first
   */
  @SuppressWarnings("ArrayRecordComponent") // wire content, which nobody compares
  public record PlatformImage(
      Descriptor root, Descriptor manifest, byte[] config, List<LayerInfo> layers) {
    public PlatformImage {
      layers = List.copyOf(layers);
    }
  }

  /**
   * Reads an image.
   *
   * @param source recorded with each layer, for a provider to find it again
   * @throws SolveException USER if the image has nothing for the platform, or is no image
   */
  public static PlatformImage read(
      Descriptor root, Platform platform, Documents documents, String source)
      throws SolveException, IOException, InterruptedException {
    try {
      Descriptor manifest = manifest(root, platform, documents);
      Manifest parsed = Manifest.parse(documents.read(manifest));
      byte[] config = documents.read(parsed.config());
      return new PlatformImage(root, manifest, config, layers(parsed, config, source));
    } catch (JsonException e) {
      throw invalid(root, String.valueOf(e.getMessage()));
    }
  }

  /** The configuration's bytes of an image for a platform, whatever its layers are. */
  public static byte[] config(Descriptor root, Platform platform, Documents documents)
      throws SolveException, IOException, InterruptedException {
    try {
      return documents.read(
          Manifest.parse(documents.read(manifest(root, platform, documents))).config());
    } catch (JsonException e) {
      throw invalid(root, String.valueOf(e.getMessage()));
    }
  }

  private static Descriptor manifest(Descriptor root, Platform platform, Documents documents)
      throws SolveException, IOException, InterruptedException {
    Descriptor at = root;
    for (int depth = 0; depth < MAX_DEPTH; depth++) {
      if (at.mediaType().startsWith(DOCKER_SCHEMA_1)) {
        throw new SolveException(
            "image.schema1",
            ErrorCategory.USER,
            "support Docker Image manifest version 2, schema 1 has been removed. "
                + "More information at https://docs.docker.com/go/deprecated-image-specs/");
      }
      if (!MediaTypes.isManifest(at.mediaType())) {
        throw new SolveException(
            "image.not-found",
            ErrorCategory.USER,
            "unexpected media type " + at.mediaType() + " for " + at.digest() + ": not found");
      }
      if (!MediaTypes.isIndex(at.mediaType())) {
        return at;
      }
      byte[] content = documents.read(at);
      if (MediaTypes.ofManifest(content).filter(MediaTypes::isIndex).isEmpty()) {
        throw invalid(at, "media type in descriptor does not match manifest contents");
      }
      Optional<Descriptor> best = PlatformMatcher.of(platform).best(Manifest.parseIndex(content));
      if (best.isEmpty()) {
        throw new SolveException(
            "image.platform",
            ErrorCategory.USER,
            "no match for platform in manifest " + at.digest() + ": not found");
      }
      at = best.get();
    }
    throw invalid(root, "indexes nested too deeply");
  }

  private static List<LayerInfo> layers(Manifest manifest, byte[] config, String source)
      throws SolveException {
    List<Digest> diffIds = diffIds(config);
    if (diffIds.size() != manifest.layers().size()) {
      throw invalid(
          manifest.config(),
          "mismatched image rootfs and manifest layers: "
              + diffIds.size()
              + " and "
              + manifest.layers().size());
    }
    List<LayerInfo> layers = new ArrayList<>();
    for (int i = 0; i < diffIds.size(); i++) {
      Descriptor d = manifest.layers().get(i);
      layers.add(
          new LayerInfo(
              Digest.parse(d.digest().value()),
              d.size(),
              d.mediaType(),
              diffIds.get(i),
              d.annotations(),
              source));
    }
    return layers;
  }

  /** The diff ids of a configuration, lowest layer first; none if it has no layers. */
  public static List<Digest> diffIds(byte[] config) throws SolveException {
    List<Digest> ids = new ArrayList<>();
    try {
      if (Json.parse(config) instanceof Map<?, ?> c
          && c.get("rootfs") instanceof Map<?, ?> rootFs
          && rootFs.get("diff_ids") instanceof List<?> all) {
        for (Object id : all) {
          ids.add(Digest.parse(String.valueOf(id)));
        }
      }
    } catch (IllegalArgumentException e) {
      throw new SolveException(
          "image.invalid",
          ErrorCategory.USER,
          "failed to resolve rootfs: invalid image config: " + e.getMessage(),
          e);
    }
    return ids;
  }

  /** The chain id of layers: OCI image specification, "Layer ChainID". */
  public static Digest chainId(List<Digest> diffIds) {
    Digest chain = diffIds.getFirst();
    for (Digest next : diffIds.subList(1, diffIds.size())) {
      chain = Digest.sha256(chain + " " + next);
    }
    return chain;
  }

  private static SolveException invalid(Descriptor of, String why) {
    return new SolveException(
        "image.invalid", ErrorCategory.USER, "invalid image " + of.digest() + ": " + why);
  }
}
