package dev.gatehouse.solver.worker.source.image;

import dev.gatehouse.llb.json.Json;
import dev.gatehouse.llb.oci.Platform;
import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.core.ErrorCategory;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.store.ImmutableReference;
import dev.gatehouse.solver.store.LayerInfo;
import dev.gatehouse.solver.store.LayerProvider;
import dev.gatehouse.solver.store.Store;
import dev.gatehouse.solver.worker.image.ImageReader;
import dev.gatehouse.solver.worker.op.OperationContext;
import dev.gatehouse.solver.worker.op.WorkerResult;
import dev.gatehouse.solver.worker.source.SourceInstance;
import dev.gatehouse.solver.worker.source.SourceKey;
import dev.gatehouse.solver.worker.source.SourceRequest;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One image source of a build, from a registry or a layout: its key, and its chain of lazy layers.
 */
public final class ImageInstance implements SourceInstance {
  /** Where the image comes from. */
  public interface Layers {
    ImageReader.PlatformImage read(OperationContext context)
        throws SolveException, IOException, InterruptedException;

    /** Fetches layers when they are needed, as the clients of the operation. */
    LayerProvider layers(OperationContext context) throws SolveException;
  }

  private final Store store;
  private final SourceRequest request;
  private final ImageAttributes attributes;
  private final Layers origin;
  private ImageReader.@Nullable PlatformImage image;

  public ImageInstance(
      Store store, SourceRequest request, ImageAttributes attributes, Layers origin) {
    this.store = store;
    this.request = request;
    this.attributes = attributes;
    this.origin = origin;
  }

  private ImageReader.PlatformImage image(OperationContext context)
      throws SolveException, IOException, InterruptedException {
    ImageReader.PlatformImage known = image;
    if (known == null) {
      known = origin.read(context);
      Digest root = Digest.parse(known.root().digest().value());
      if (attributes.checksum().isPresent() && !attributes.checksum().get().equals(root)) {
        throw new SolveException(
            "image.checksum",
            ErrorCategory.USER,
            "image digest "
                + root
                + " for "
                + request.reference()
                + " does not match expected checksum "
                + attributes.checksum().get());
      }
      int limit = attributes.layerLimit().orElse(0);
      if (limit > known.layers().size()) {
        throw new SolveException(
            "image.layer-limit",
            ErrorCategory.USER,
            "layer limit "
                + limit
                + " is greater than the number of layers in the image "
                + known.layers().size());
      }
      image = known;
    }
    return known;
  }

  private List<LayerInfo> layers(ImageReader.PlatformImage image) {
    return attributes.layerLimit().map(n -> image.layers().subList(0, n)).orElse(image.layers());
  }

  @Override
  public SourceKey key(OperationContext context)
      throws SolveException, IOException, InterruptedException {
    ImageReader.PlatformImage i = image(context);
    String pin = i.root().digest().value();
    List<LayerInfo> layers = layers(i);
    List<String> alternatives =
        layers.isEmpty()
            ? List.of()
            : List.of(
                ImageReader.chainId(layers.stream().map(LayerInfo::diffId).toList()).toString());
    return new SourceKey(
        manifestKey(Digest.parse(pin), request.platform(), attributes.layerLimit()),
        alternatives,
        pin);
  }

  @Override
  public WorkerResult snapshot(OperationContext context)
      throws SolveException, IOException, InterruptedException {
    List<LayerInfo> layers = layers(image(context));
    if (layers.isEmpty()) {
      return WorkerResult.SCRATCH;
    }
    LayerProvider provider = origin.layers(context);
    Optional<ImmutableReference> top = Optional.empty();
    for (LayerInfo layer : layers) {
      Optional<ImmutableReference> parent = top;
      try {
        top = Optional.of(store.references().layer(parent, layer, provider));
      } finally {
        parent.ifPresent(ImmutableReference::close);
      }
    }
    ImmutableReference reference = top.orElseThrow();
    if (reference.description().isEmpty()) {
      reference.setDescription("pulled from " + request.reference());
    }
    attributes.recordType().ifPresent(reference::setRecordType);
    return WorkerResult.of(reference);
  }

  /** The cache key of an image for a platform, as BuildKit computes it. */
  static String manifestKey(Digest root, Platform platform, Optional<Integer> layerLimit) {
    Map<String, Object> key = new LinkedHashMap<>();
    key.put("Digest", root.toString());
    key.put("OS", platform.os());
    key.put("Arch", platform.architecture());
    if (!platform.variant().isEmpty()) {
      key.put("Variant", platform.variant());
    }
    if (!platform.osVersion().isEmpty()) {
      key.put("OSVersion", platform.osVersion());
    }
    if (!platform.osFeatures().isEmpty()) {
      key.put("OSFeatures", platform.osFeatures());
    }
    layerLimit.ifPresent(n -> key.put("Limit", n));
    return Digest.sha256(Json.bytes(key)).toString();
  }
}
