package dev.gatehouse.llb;

import dev.gatehouse.llb.oci.Digest;
import dev.gatehouse.llb.oci.ImageReference;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Collects what an image from a registry is fetched with. */
public final class ImageSource {
  private final String reference;
  private ResolveMode resolveMode = ResolveMode.DEFAULT;
  private String recordType = "";
  private int layerLimit = -1;
  private @Nullable Digest checksum;
  private Constraints constraints = Constraints.NONE;

  private ImageSource(String reference) {
    this.reference = reference;
  }

  /**
   * An image by its name; {@code latest} is meant if it says neither tag nor digest.
   *
   * @throws LlbException if it is no name of an image
   */
  public static ImageSource of(String reference) {
    try {
      return new ImageSource(ImageReference.parse(reference).withDefaultTag().toString());
    } catch (IllegalArgumentException e) {
      throw new LlbException(
          "failed to parse image reference \"" + reference + "\": " + e.getMessage(), e);
    }
  }

  public ImageSource resolveMode(ResolveMode resolveMode) {
    this.resolveMode = resolveMode;
    return this;
  }

  /** Marks the image as one that the build uses for itself. */
  public ImageSource internal() {
    this.recordType = "internal";
    return this;
  }

  /** Takes only that many layers, from the lowest. */
  public ImageSource layerLimit(int layerLimit) {
    this.layerLimit = layerLimit;
    return this;
  }

  /** Requires that the manifest has this digest. */
  public ImageSource checksum(@Nullable Digest checksum) {
    this.checksum = checksum;
    return this;
  }

  public ImageSource constraints(Constraints constraints) {
    this.constraints = constraints;
    return this;
  }

  public State state() {
    Constraints c = constraints.withCapability(Capability.SOURCE_IMAGE);
    Map<String, String> attributes = new TreeMap<>();
    if (resolveMode != ResolveMode.DEFAULT) {
      attributes.put("image.resolvemode", resolveMode.id());
      if (resolveMode == ResolveMode.FORCE_PULL) {
        c = c.withCapability(Capability.SOURCE_IMAGE_RESOLVE_MODE);
      }
    }
    if (!recordType.isEmpty()) {
      attributes.put("image.recordtype", recordType);
    }
    if (layerLimit >= 0) {
      attributes.put("image.layerlimit", Integer.toString(layerLimit));
      c = c.withCapability(Capability.SOURCE_IMAGE_LAYER_LIMIT);
    }
    if (checksum != null) {
      attributes.put("image.checksum", checksum.value());
      c = c.withCapability(Capability.SOURCE_IMAGE_CHECKSUM);
    }
    return SourceVertex.state("docker-image://" + reference, attributes, c);
  }
}
