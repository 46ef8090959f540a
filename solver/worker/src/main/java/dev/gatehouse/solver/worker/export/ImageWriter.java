package dev.gatehouse.solver.worker.export;

import dev.gatehouse.llb.json.Json;
import dev.gatehouse.llb.json.JsonException;
import dev.gatehouse.llb.oci.Descriptor;
import dev.gatehouse.llb.oci.ImageConfig;
import dev.gatehouse.llb.oci.Platform;
import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.core.ErrorCategory;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.core.VertexProgress;
import dev.gatehouse.solver.store.ImmutableReference;
import dev.gatehouse.solver.store.LayerInfo;
import dev.gatehouse.solver.store.Lease;
import dev.gatehouse.solver.store.Store;
import dev.gatehouse.solver.store.layer.Compression;
import dev.gatehouse.solver.worker.image.LayerTimes;
import dev.gatehouse.solver.worker.image.MediaTypes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Makes an image of a result: layers, configuration, manifest, and an index where there are several
 * platforms or attestations. The bytes of the documents are those that BuildKit writes.
 */
final class ImageWriter {
  private static final String ATTESTATION_ARTIFACT =
      "application/vnd.docker.attestation.manifest.v1+json";
  private static final Platform UNKNOWN = new Platform("unknown", "unknown");
  private static final byte[] EMPTY_JSON = "{}".getBytes(StandardCharsets.UTF_8);

  private final Store store;
  private final LayerBlobs layerBlobs;

  ImageWriter(Store store, LayerBlobs layerBlobs) {
    this.store = store;
    this.layerBlobs = layerBlobs;
  }

  /**
   * An image that was made. Its documents lie in the content store; layers may have to be fetched
   * still.
   *
   * @param root the manifest or index
   * @param config the configuration's digest, if the root is one manifest
   * @param documents manifests and configurations by digest, children before their parents
   * @param layers all layers by the digest of their blobs
   * @param chains closed with this
   */
  record Written(
      Descriptor root,
      Optional<Digest> config,
      Map<Digest, Document> documents,
      Map<Digest, LayerBlobs.Layer> layers,
      List<LayerBlobs.Chain> chains)
      implements AutoCloseable {
    @Override
    public void close() {
      chains.forEach(LayerBlobs.Chain::close);
    }
  }

  /**
   * A manifest, configuration or statement of an image.
   *
   * @param references the blobs and manifests it names
   */
  @SuppressWarnings("ArrayRecordComponent") // wire content, which nobody compares
  record Document(Descriptor descriptor, byte[] content, List<Descriptor> references) {}

  /** Makes the image; what it puts into the store is held by the lease. */
  Written write(ExportSource source, ImageOptions options, ExportContext context, Lease lease)
      throws SolveException, IOException, InterruptedException {
    Job job = new Job(source, options, context, lease);
    try {
      return job.run();
    } catch (SolveException | IOException | InterruptedException | RuntimeException e) {
      job.chains.forEach(LayerBlobs.Chain::close);
      throw e;
    }
  }

  private final class Job {
    private final ExportSource source;
    private final ImageOptions options;
    private final ExportContext context;
    private final Lease lease;
    private final VertexProgress progress;
    private final List<LayerBlobs.Chain> chains = new ArrayList<>();
    private final Map<Digest, Document> documents = new LinkedHashMap<>();
    private final Map<Digest, LayerBlobs.Layer> layers = new LinkedHashMap<>();

    Job(ExportSource source, ImageOptions options, ExportContext context, Lease lease) {
      this.source = source;
      this.options = options;
      this.context = context;
      this.lease = lease;
      this.progress = context.progress();
    }

    Written run() throws SolveException, IOException, InterruptedException {
      List<ExportPlatforms.Entry> platforms = ExportPlatforms.of(source);
      check(platforms);
      boolean index = !source.references().isEmpty() || hasAttestations(platforms);
      if (!index && platforms.size() > 1) {
        throw invalid("cannot export multiple platforms without multi-platform enabled");
      }
      exportLayers(platforms);
      if (!index) {
        return single(platforms.getFirst());
      }
      return index(platforms);
    }

    private void check(List<ExportPlatforms.Entry> platforms) throws SolveException {
      for (String p : options.annotations().platforms()) {
        if (platforms.stream().noneMatch(e -> e.id().equals(p))) {
          throw invalid("invalid annotation: no platform " + p + " found in source");
        }
      }
      if (!options.ociMediaTypes()) {
        if (options.annotations().needOci()) {
          throw invalid("cannot export annotations with \"oci-mediatypes=false\"");
        }
        if (!source.attestations().isEmpty()) {
          throw invalid("cannot export attestations with \"oci-mediatypes=false\"");
        }
      }
    }

    private boolean hasAttestations(List<ExportPlatforms.Entry> platforms) {
      for (ExportPlatforms.Entry p : platforms) {
        for (Attestation a : source.attestations().getOrDefault(p.id(), List.of())) {
          if (options.inlineAttestations() || !a.isInlineOnly()) {
            return true;
          }
        }
      }
      return false;
    }

    /** The layers of all platforms at once. */
    private void exportLayers(List<ExportPlatforms.Entry> platforms)
        throws IOException, InterruptedException {
      Map<Integer, LayerBlobs.Chain> made = new ConcurrentHashMap<>();
      List<Callable<Boolean>> tasks = new ArrayList<>();
      for (int i = 0; i < platforms.size(); i++) {
        int n = i;
        Optional<ImmutableReference> reference = source.find(platforms.get(i).id());
        made.put(n, LayerBlobs.Chain.EMPTY);
        reference.ifPresent(r ->
            tasks.add(() -> {
              made.put(
                  n, layerBlobs.chain(r, options.compression(), options.forceCompression(), lease));
              return true;
            }));
      }
      try (VertexProgress.Part part = progress.part("exporting layers")) {
        LayerBlobs.all(tasks);
      } finally {
        // Also those that were made before another failed: they are closed with the job.
        for (int i = 0; i < platforms.size(); i++) {
          chains.add(made.getOrDefault(i, LayerBlobs.Chain.EMPTY));
        }
      }
    }

    private Written single(ExportPlatforms.Entry platform)
        throws SolveException, IOException, InterruptedException {
      if (!options.annotations().index().isEmpty()
          || !options.annotations().indexDescriptor().isEmpty()) {
        throw invalid("index annotations not supported for single platform export");
      }
      Image image = image(platform, chains.getFirst(), Optional.empty());
      return new Written(
          image.manifest.withPlatform(platform.platform()),
          Optional.of(image.config),
          documents,
          layers,
          chains);
    }

    private Written index(List<ExportPlatforms.Entry> platforms)
        throws SolveException, IOException, InterruptedException {
      List<Descriptor> manifests = new ArrayList<>();
      List<Descriptor> attestations = new ArrayList<>();
      for (int i = 0; i < platforms.size(); i++) {
        ExportPlatforms.Entry p = platforms.get(i);
        if (!source.references().isEmpty() && !source.references().containsKey(p.id())) {
          throw invalid("failed to find ref for ID " + p.id());
        }
        Image image = image(p, chains.get(i), Optional.of(p.platform()));
        Descriptor manifest = image.manifest.withPlatform(p.platform());
        manifests.add(manifest);
        List<Attestation> attached = new ArrayList<>();
        for (Attestation a : source.attestations().getOrDefault(p.id(), List.of())) {
          if (options.inlineAttestations() || !a.isInlineOnly()) {
            attached.add(a);
          }
        }
        if (!attached.isEmpty()) {
          List<Statements.Subject> subjects =
              Statements.imageSubjects(options.names(), p.platform(), manifest);
          attestations.add(attestationManifest(manifest, Statements.of(attached, subjects)));
        }
      }
      manifests.addAll(attestations);
      Map<String, @Nullable Object> json = new LinkedHashMap<>();
      json.put("schemaVersion", 2);
      String type =
          options.ociMediaTypes() ? MediaTypes.OCI_INDEX : MediaTypes.DOCKER_MANIFEST_LIST;
      json.put("mediaType", type);
      json.put("manifests", manifests.stream().map(Descriptor::toJson).toList());
      putAnnotations(json, options.annotations().index());
      byte[] content = indented(json);
      Descriptor root = put(type, content, manifests, "exporting manifest list ");
      return new Written(
          root.withAnnotations(options.annotations().indexDescriptor()),
          Optional.empty(),
          documents,
          layers,
          chains);
    }

    /** An image of one platform. */
    private record Image(Descriptor manifest, Digest config) {}

    private Image image(
        ExportPlatforms.Entry entry, LayerBlobs.Chain chain, Optional<Platform> annotated)
        throws SolveException, IOException, InterruptedException {
      Optional<String> id = Optional.of(entry.id());
      byte[] given =
          source.metadata("containerimage.config", id).orElseGet(ImageConfigPatch::defaultConfig);
      Optional<ImageConfig> base = baseConfig(id);
      Optional<Instant> epoch = options.epoch(source, id, context.facts().sourceDateEpoch());
      List<LayerBlobs.Layer> blobs = chain.layers();
      if (options.rewriteTimestamp() && epoch.isPresent()) {
        blobs = rewrite(blobs, base, epoch.get());
      }
      List<ImageConfigPatch.LayerOrigin> origins = new ArrayList<>();
      for (LayerBlobs.Layer l : blobs) {
        layers.put(l.blob().digest(), l);
        String said = l.reference().description();
        origins.add(
            new ImageConfigPatch.LayerOrigin(
                said.isEmpty() ? "created by gatehouse" : said, LayerTimes.of(l.reference())));
      }
      List<LayerInfo> infos = blobs.stream().map(LayerBlobs.Layer::blob).toList();
      List<Descriptor> descriptors = infos.stream().map(this::descriptor).toList();
      byte[] config =
          ImageConfigPatch.patch(
              given,
              infos,
              origins,
              base.map(ImageConfig::history).orElse(List.of()),
              epoch,
              context.inlineCache(id, descriptors));
      Descriptor configDescriptor =
          put(
              options.ociMediaTypes() ? MediaTypes.OCI_CONFIG : MediaTypes.DOCKER_CONFIG,
              config,
              List.of(),
              "exporting config ");
      Map<String, @Nullable Object> json = new LinkedHashMap<>();
      json.put("schemaVersion", 2);
      String type = options.ociMediaTypes() ? MediaTypes.OCI_MANIFEST : MediaTypes.DOCKER_MANIFEST;
      json.put("mediaType", type);
      json.put("config", configDescriptor.toJson());
      json.put(
          "layers",
          descriptors.isEmpty() ? null : descriptors.stream().map(Descriptor::toJson).toList());
      putAnnotations(json, options.annotations().manifest(annotated));
      List<Descriptor> references = new ArrayList<>();
      references.add(configDescriptor);
      references.addAll(descriptors);
      Descriptor manifest = put(type, indented(json), references, "exporting manifest ");
      return new Image(
          manifest.withAnnotations(options.annotations().manifestDescriptor(annotated)),
          Digest.parse(configDescriptor.digest().value()));
    }

    private Optional<ImageConfig> baseConfig(Optional<String> id) throws SolveException {
      try {
        return source.metadata("containerimage.base.config", id).map(ImageConfig::parse);
      } catch (JsonException e) {
        throw invalid("failed to unmarshal base image config: " + e.getMessage());
      }
    }

    /** Cuts the times within layers, but for those that the base image brought. */
    private List<LayerBlobs.Layer> rewrite(
        List<LayerBlobs.Layer> blobs, Optional<ImageConfig> base, Instant epoch)
        throws IOException, InterruptedException {
      List<dev.gatehouse.llb.oci.Digest> known =
          base.map(b -> b.rootFs().diffIds()).orElse(List.of());
      List<Callable<LayerBlobs.Layer>> tasks = new ArrayList<>();
      boolean diverged = false;
      for (int i = 0; i < blobs.size(); i++) {
        LayerBlobs.Layer layer = blobs.get(i);
        if (!diverged
            && i < known.size()
            && known.get(i).value().equals(layer.blob().diffId().toString())) {
          tasks.add(() -> layer);
        } else {
          diverged = true;
          tasks.add(() -> layerBlobs.rewrite(layer, epoch, options.compression(), lease));
        }
      }
      try (VertexProgress.Part part =
          progress.part("rewriting layers with source-date-epoch " + epoch.getEpochSecond())) {
        return LayerBlobs.all(tasks);
      }
    }

    private Descriptor descriptor(LayerInfo l) {
      Map<String, String> annotations = new TreeMap<>();
      if (options.ociMediaTypes()) {
        annotations.putAll(l.annotations());
        annotations
            .keySet()
            .removeIf(k ->
                k.equals("containerd.io/uncompressed")
                    || k.equals("buildkit/createdat")
                    || k.startsWith("containerd.io/distribution.source."));
      }
      String type = Compression.Type.ofMediaType(l.mediaType()).mediaType(options.ociMediaTypes());
      return new Descriptor(type, digest(l.digest()), l.size()).withAnnotations(annotations);
    }

    private Descriptor attestationManifest(Descriptor target, List<Statements.Statement> statements)
        throws IOException, InterruptedException {
      List<Descriptor> blobs = new ArrayList<>();
      for (Statements.Statement s : statements) {
        Descriptor d = put(MediaTypes.IN_TOTO, s.content(), List.of(), "exporting attestation ");
        blobs.add(d.withAnnotations(Map.of("in-toto.io/predicate-type", s.predicateType())));
      }
      Map<String, Object> config = new LinkedHashMap<>();
      Descriptor configDescriptor;
      if (options.ociArtifact()) {
        configDescriptor = put(MediaTypes.OCI_EMPTY, EMPTY_JSON, List.of(), "exporting config ");
        config.putAll(configDescriptor.toJson());
        config.put("data", "e30=");
      } else {
        Map<String, Object> image = new LinkedHashMap<>();
        image.put("architecture", "unknown");
        image.put("os", "unknown");
        image.put("config", Map.of());
        Map<String, Object> rootFs = new LinkedHashMap<>();
        rootFs.put("type", "layers");
        rootFs.put("diff_ids", blobs.stream().map(b -> b.digest().value()).toList());
        image.put("rootfs", rootFs);
        configDescriptor =
            put(MediaTypes.OCI_CONFIG, Json.bytes(image), List.of(), "exporting config ");
        config.putAll(configDescriptor.toJson());
      }
      Map<String, @Nullable Object> json = new LinkedHashMap<>();
      json.put("schemaVersion", 2);
      json.put("mediaType", MediaTypes.OCI_MANIFEST);
      if (options.ociArtifact()) {
        json.put("artifactType", ATTESTATION_ARTIFACT);
      }
      json.put("config", config);
      json.put("layers", blobs.stream().map(Descriptor::toJson).toList());
      if (options.ociArtifact()) {
        json.put(
            "subject", new Descriptor(target.mediaType(), target.digest(), target.size()).toJson());
      }
      List<Descriptor> references = new ArrayList<>();
      references.add(configDescriptor);
      references.addAll(blobs);
      Descriptor manifest =
          put(
              MediaTypes.OCI_MANIFEST,
              indented(json),
              references,
              "exporting attestation manifest ");
      return manifest
          .withPlatform(UNKNOWN)
          .withAnnotations(
              Map.of(
                  "vnd.docker.reference.type",
                  "attestation-manifest",
                  "vnd.docker.reference.digest",
                  target.digest().value()));
    }

    private Descriptor put(
        String mediaType, byte[] content, List<Descriptor> references, String what)
        throws IOException {
      Digest digest = Digest.sha256(content);
      try (VertexProgress.Part part = progress.part(what + digest)) {
        store.content().put(content);
        lease.add(digest);
      }
      Descriptor d = new Descriptor(mediaType, digest(digest), content.length);
      documents.put(digest, new Document(d, content, List.copyOf(references)));
      return d;
    }
  }

  private static void putAnnotations(
      Map<String, @Nullable Object> json, Map<String, String> annotations) {
    if (!annotations.isEmpty()) {
      json.put("annotations", new TreeMap<>(annotations));
    }
  }

  private static byte[] indented(Map<String, @Nullable Object> json) {
    return Json.writeIndented(json, "  ").getBytes(StandardCharsets.UTF_8);
  }

  private static dev.gatehouse.llb.oci.Digest digest(Digest d) {
    return new dev.gatehouse.llb.oci.Digest(d.toString());
  }

  static SolveException invalid(String message) {
    return new SolveException("export.invalid", ErrorCategory.USER, message);
  }

  /** For exporters: what belongs to an image, to be kept with its name. */
  static List<Digest> blobsOf(Written written) {
    Map<Digest, Boolean> all = new HashMap<>();
    written.documents().keySet().forEach(d -> all.put(d, true));
    written.layers().keySet().forEach(d -> all.put(d, true));
    return List.copyOf(all.keySet());
  }
}
