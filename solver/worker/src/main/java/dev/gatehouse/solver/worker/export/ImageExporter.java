package dev.gatehouse.solver.worker.export;

import dev.gatehouse.llb.oci.Descriptor;
import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.core.VertexProgress;
import dev.gatehouse.solver.store.ImmutableReference;
import dev.gatehouse.solver.store.Lease;
import dev.gatehouse.solver.store.Store;
import dev.gatehouse.solver.worker.image.ImageName;
import dev.gatehouse.solver.worker.image.ImageStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The exporter {@code image}: records the image under its names in the worker's image store, and
 * pushes it.
 *
 * <p>Attributes beyond those of {@link ImageOptions}: {@code push}, {@code push-by-digest}, {@code
 * registry.insecure}, {@code store}, {@code unpack}, {@code name-canonical}, {@code
 * dangling-name-prefix}, {@code danging-name-empty-only}. Layers that came from a registry stay
 * there unless {@code store=true} is said: then the image is complete here.
 */
final class ImageExporter implements Exporter {
  private final Store store;
  private final ImageWriter writer;
  private final LayerBlobs layerBlobs;
  private final Pusher pusher;
  private final ImageStore images;

  ImageExporter(
      Store store, ImageWriter writer, LayerBlobs layerBlobs, Pusher pusher, ImageStore images) {
    this.store = store;
    this.writer = writer;
    this.layerBlobs = layerBlobs;
    this.pusher = pusher;
    this.images = images;
  }

  @Override
  public String type() {
    return "image";
  }

  @Override
  public ExporterInstance resolve(int id, Map<String, String> attributes) throws SolveException {
    ImageOptions options = ImageOptions.parse(attributes, true);
    boolean push = false;
    boolean byDigest = false;
    boolean insecure = false;
    boolean unpack = false;
    boolean keep = true;
    boolean complete = false;
    boolean canonical = false;
    boolean danglingEmptyOnly = false;
    String dangling = "";
    Map<String, String> metadata = new LinkedHashMap<>();
    for (Map.Entry<String, String> a : options.rest().entrySet()) {
      String key = a.getKey();
      String value = a.getValue();
      switch (key) {
        case "push" -> push = ImageOptions.bool(key, value, true);
        case "push-by-digest" -> byDigest = ImageOptions.bool(key, value, true);
        case "registry.insecure" -> insecure = ImageOptions.bool(key, value, true);
        case "unpack" -> unpack = ImageOptions.bool(key, value, true);
        case "store" -> {
          keep = ImageOptions.bool(key, value, true);
          complete = keep;
        }
        case "unsafe-internal-store-allow-incomplete" -> {
          if (ImageOptions.bool(key, value, true)) {
            complete = false;
          }
        }
        case "name-canonical" -> canonical = ImageOptions.bool(key, value, true);
        case "dangling-name-prefix" -> dangling = value;
        case "danging-name-empty-only" -> danglingEmptyOnly = ImageOptions.bool(key, value, true);
        default -> metadata.put(key, value);
      }
    }
    if (unpack && options.rewriteTimestamp()) {
      throw ImageOptions.invalid("exporter option \"rewrite-timestamp\" conflicts with \"unpack\"");
    }
    return new Instance(
        options,
        push,
        byDigest,
        insecure,
        unpack,
        keep,
        complete,
        canonical,
        dangling,
        danglingEmptyOnly,
        metadata);
  }

  private final class Instance implements ExporterInstance {
    private final ImageOptions given;
    private final boolean push;
    private final boolean byDigest;
    private final boolean insecure;
    private final boolean unpack;
    private final boolean keep;
    private final boolean complete;
    private final boolean canonical;
    private final String dangling;
    private final boolean danglingEmptyOnly;
    private final Map<String, String> metadata;

    Instance(
        ImageOptions given,
        boolean push,
        boolean byDigest,
        boolean insecure,
        boolean unpack,
        boolean keep,
        boolean complete,
        boolean canonical,
        String dangling,
        boolean danglingEmptyOnly,
        Map<String, String> metadata) {
      this.given = given;
      this.push = push;
      this.byDigest = byDigest;
      this.insecure = insecure;
      this.unpack = unpack;
      this.keep = keep;
      this.complete = complete;
      this.canonical = canonical;
      this.dangling = dangling;
      this.danglingEmptyOnly = danglingEmptyOnly;
      this.metadata = metadata;
    }

    @Override
    public String name() {
      return "exporting to image";
    }

    @Override
    public ExportResult export(ExportSource given, ExportContext context)
        throws SolveException, IOException, InterruptedException {
      ExportSource source = ImageResponse.withMetadata(given, metadata);
      ImageOptions options = ImageResponse.withAnnotations(this.given, source);
      Lease lease = store.lease();
      try {
        ImageWriter.Written image = writer.write(source, options, context, lease);
        try {
          List<String> names = names(options.names(), image.root());
          for (String name : names) {
            record(name, image, source, context);
          }
          Map<String, String> response = ImageResponse.of(image, image.root());
          if (!names.isEmpty()) {
            response.put(ImageResponse.NAME, String.join(",", names));
          }
          if (push && names.isEmpty()) {
            throw ImageOptions.invalid("a name is needed to push");
          }
          if (!push) {
            image.close();
            lease.close();
            return new ExportResult(response, Optional.of(image.root()), Optional.empty());
          }
          return new ExportResult(
              response, Optional.of(image.root()), Optional.of(new Push(image, lease, names)));
        } catch (SolveException | IOException | InterruptedException | RuntimeException e) {
          image.close();
          throw e;
        }
      } catch (SolveException | IOException | InterruptedException | RuntimeException e) {
        lease.close();
        throw e;
      }
    }

    private List<String> names(String said, Descriptor root) throws SolveException {
      List<String> names = new ArrayList<>();
      for (String name : said.split(",")) {
        if (!name.isBlank()) {
          if (!byDigest) {
            Names.parse(name);
          }
          names.add(name.trim());
        }
      }
      if (!dangling.isEmpty() && (!danglingEmptyOnly || names.isEmpty())) {
        names.add(dangling + "@" + root.digest().value());
      }
      return names;
    }

    /** Gives the image its name in the image store. */
    private void record(
        String name, ImageWriter.Written image, ExportSource source, ExportContext context)
        throws SolveException, IOException, InterruptedException {
      if (complete || unpack) {
        for (LayerBlobs.Layer l : image.layers().values()) {
          layerBlobs.fetch(l);
        }
      }
      if (unpack) {
        for (Optional<ImmutableReference> r : references(source)) {
          if (r.isPresent()) {
            r.get().materialize();
          }
        }
      }
      if (!keep) {
        return;
      }
      List<Digest> blobs = new ArrayList<>();
      for (Digest d : ImageWriter.blobsOf(image)) {
        if (store.content().contains(d)) {
          blobs.add(d);
        }
      }
      List<String> parts =
          image.layers().values().stream().map(layer -> layer.reference().id()).toList();
      ImageName full = Names.parse(name);
      Descriptor target = image.root();
      try (VertexProgress.Part part = context.progress().part("naming to " + full)) {
        images.put(full.toString(), target, blobs, parts);
        if (canonical && full.digest().isEmpty()) {
          images.put(
              full.withDigest(Digest.parse(target.digest().value())).toString(),
              target,
              blobs,
              parts);
        }
      }
    }

    private static List<Optional<ImmutableReference>> references(ExportSource source) {
      List<Optional<ImmutableReference>> all = new ArrayList<>(source.references().values());
      all.add(source.reference());
      return all;
    }

    /** Pushes under all names, and lets the image go. */
    private final class Push implements ExportResult.Finish {
      private final ImageWriter.Written image;
      private final Lease lease;
      private final List<String> names;

      Push(ImageWriter.Written image, Lease lease, List<String> names) {
        this.image = image;
        this.lease = lease;
        this.names = names;
      }

      @Override
      public String name() {
        return "pushing " + String.join(", ", names);
      }

      @Override
      public void run(ExportContext context)
          throws SolveException, IOException, InterruptedException {
        try {
          for (String name : names) {
            pusher.push(image, name, byDigest, insecure, context.sessions(), context.progress());
          }
        } finally {
          abandon();
        }
      }

      @Override
      public void abandon() {
        image.close();
        lease.close();
      }
    }
  }
}
