package dev.gatehouse.solver.worker.cache;

import dev.gatehouse.llb.json.Json;
import dev.gatehouse.solver.core.CacheExport;
import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.core.LazyResult;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.store.BlobReader;
import dev.gatehouse.solver.store.ImmutableReference;
import dev.gatehouse.solver.store.LayerInfo;
import dev.gatehouse.solver.store.Store;
import dev.gatehouse.solver.store.layer.Compression;
import dev.gatehouse.solver.worker.export.LayerBlobs;
import dev.gatehouse.solver.worker.image.LayerTimes;
import dev.gatehouse.solver.worker.image.MediaTypes;
import dev.gatehouse.solver.worker.op.OperationContext;
import dev.gatehouse.solver.worker.op.WorkerResult;
import dev.gatehouse.solver.worker.registry.Registries;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;

/** Writes the records and layers of a build where other builds, also BuildKit's, find them. */
public final class CacheExporter {
  private static final String DIFF_ID = "containerd.io/uncompressed";

  private final Store store;
  private final LayerBlobs blobs;
  private final Registries registries;

  public CacheExporter(Store store, LayerBlobs blobs, Registries registries) {
    this.store = store;
    this.blobs = blobs;
    this.registries = registries;
  }

  /**
   * Which results go along.
   *
   * <p>{@code MIN} takes what the build ended with, and what lies as layers already; {@code MAX}
   * takes all.
   */
  private enum Mode {
    MIN,
    MAX
  }

  private record Options(
      Mode mode, Compression compression, boolean force, boolean oci, boolean imageManifest) {
    private static Options of(CacheLocation location) throws SolveException {
      Mode mode =
          switch (location.attribute("mode").orElse("min")) {
            case "min" -> Mode.MIN;
            case "max" -> Mode.MAX;
            default ->
                throw CacheLocation.invalid(
                    "unsupported cache export mode "
                        + location.attribute("mode").orElse("")
                        + ": known are min and max");
          };
      boolean oci = location.flag("oci-mediatypes", true);
      boolean imageManifest = location.flag("image-manifest", oci);
      if (imageManifest && !oci) {
        throw CacheLocation.invalid(
            "invalid configuration for remote cache, OCI mediatypes are required for image-manifest"
                + " cache format");
      }
      try {
        Optional<String> level = location.attribute("compression-level");
        Compression compression =
            new Compression(
                Compression.parseType(location.attribute("compression").orElse("gzip")),
                level.isPresent()
                    ? OptionalInt.of(Integer.parseInt(level.get()))
                    : OptionalInt.empty());
        return new Options(
            mode, compression, location.flag("force-compression", false), oci, imageManifest);
      } catch (IllegalArgumentException e) {
        throw CacheLocation.invalid(String.valueOf(e.getMessage()));
      }
    }
  }

  /**
   * Checks a location before anything is built.
   *
   * @throws SolveException if it does not make sense
   */
  public static void check(CacheLocation location) throws SolveException {
    Options.of(location);
    switch (location.type()) {
      case "registry" -> {
        if (location.attribute("ref").isEmpty()) {
          throw CacheLocation.invalid("missing ref");
        }
      }
      case "local" -> {
        if (location.attribute("dest").isEmpty()) {
          throw CacheLocation.invalid("local cache exporter requires dest");
        }
      }
      case "inline" -> {}
      default ->
          throw CacheLocation.invalid(
              "unknown cache exporter: "
                  + location.type()
                  + "; known are registry, local and inline");
    }
  }

  /** What people see of an export. */
  public static String name(CacheLocation location) {
    return switch (location.type()) {
      case "registry" -> "exporting cache to registry";
      case "local" -> "exporting cache to client directory";
      default -> "exporting cache";
    };
  }

  /**
   * Writes a cache.
   *
   * @param results what the build ended with
   * @return for the client: {@code cache.manifest}, the descriptor of what was written; empty if
   *     there was nothing to write
   */
  public Map<String, String> export(
      CacheLocation location, List<LazyResult<WorkerResult>> results, OperationContext context)
      throws SolveException, IOException, InterruptedException {
    check(location);
    Options options = Options.of(location);
    CacheStore to =
        location.type().equals("registry")
            ? CacheStore.registry(location, registries, context.sessions())
            : CacheStore.local(
                location.attribute("dest").orElse(""), Optional.empty(), context.sessions());
    try (Collector collector = new Collector(options, context)) {
      for (LazyResult<WorkerResult> result : results) {
        result.exportCache(collector);
      }
      CacheChains.Exported exported = collector.chains.export();
      if (exported.config().layers().isEmpty()) {
        context.progress().part("skipping cache export for empty result").close();
        return Map.of();
      }
      return write(exported, collector, options, to, context);
    }
  }

  private Map<String, String> write(
      CacheChains.Exported exported,
      Collector collector,
      Options options,
      CacheStore to,
      OperationContext context)
      throws IOException, InterruptedException {
    Map<Digest, Map<String, Object>> descriptors = new LinkedHashMap<>();
    List<java.util.concurrent.Callable<Boolean>> writes = new ArrayList<>();
    for (LayerInfo layer : exported.blobs().values()) {
      writes.add(() -> {
        to.write(layer.digest(), layer.size(), () -> collector.open(layer), context.progress());
        return true;
      });
      Map<String, String> annotations = new TreeMap<>();
      annotations.put(DIFF_ID, layer.diffId().toString());
      annotations.put(
          LayerTimes.ANNOTATION,
          collector.createdAt.getOrDefault(layer.digest(), Instant.EPOCH).toString());
      descriptors.put(
          layer.digest(),
          CacheStore.descriptor(
              Compression.Type.ofMediaType(layer.mediaType()).mediaType(options.oci),
              layer.digest(),
              layer.size(),
              annotations));
    }
    Parallel.run(writes);
    byte[] config = exported.config().toJson();
    Digest configDigest = Digest.sha256(config);
    to.write(
        configDigest, config.length, () -> new ByteArrayInputStream(config), context.progress());
    Map<String, Object> configDescriptor =
        CacheStore.descriptor(CacheConfig.MEDIA_TYPE, configDigest, config.length, Map.of());
    List<Object> layers = new ArrayList<>();
    for (CacheConfig.Layer layer : exported.config().layers()) {
      Map<String, Object> descriptor = descriptors.get(layer.blob());
      if (descriptor != null) {
        layers.add(descriptor);
      }
    }
    Map<String, Object> manifest = new LinkedHashMap<>();
    manifest.put("schemaVersion", 2L);
    String mediaType;
    if (options.imageManifest) {
      mediaType = MediaTypes.OCI_MANIFEST;
      manifest.put("mediaType", mediaType);
      manifest.put("config", configDescriptor);
      manifest.put("layers", layers);
    } else {
      mediaType = options.oci ? MediaTypes.OCI_INDEX : MediaTypes.DOCKER_MANIFEST_LIST;
      layers.add(configDescriptor);
      manifest.put("mediaType", mediaType);
      manifest.put("manifests", layers);
    }
    byte[] root = Json.bytes(manifest);
    Digest digest = Digest.sha256(root);
    to.writeRoot(digest, mediaType, root);
    return Map.of("cache.manifest", CacheStore.descriptorText(mediaType, digest, root.length));
  }

  /**
   * The records to embed in an image's configuration.
   *
   * @param result what the image is made of
   * @param layers the image's layers, lowest first
   * @return empty if no record fits the layers
   */
  public Optional<byte[]> inline(
      LazyResult<WorkerResult> result, List<Digest> layers, OperationContext context)
      throws SolveException, IOException, InterruptedException {
    Options options = new Options(Mode.MIN, Compression.GZIP, false, true, true);
    try (Collector collector = new Collector(options, context)) {
      result.exportCache(collector);
      CacheConfig config = collector.chains.export().config();
      List<CacheConfig.Entry> records = new ArrayList<>();
      boolean any = false;
      for (CacheConfig.Entry record : config.records()) {
        List<CacheConfig.Result> results = new ArrayList<>();
        List<CacheConfig.Chain> chains = new ArrayList<>();
        for (CacheConfig.Result known : record.results()) {
          List<Digest> chain = config.blobs(known.layer());
          if (!layers.containsAll(chain)) {
            continue;
          }
          any = true;
          if (chain.size() <= layers.size() && layers.subList(0, chain.size()).equals(chain)) {
            results.add(new CacheConfig.Result(chain.size() - 1, known.createdAt()));
          } else {
            chains.add(
                new CacheConfig.Chain(
                    chain.stream().map(layers::indexOf).toList(), known.createdAt()));
          }
        }
        records.add(new CacheConfig.Entry(record.digest(), results, chains, record.inputs()));
      }
      return any
          ? Optional.of(new CacheConfig(List.of(), records).recordsToJson())
          : Optional.empty();
    }
  }

  /** Gathers records, and the layers of the results that go along. */
  private final class Collector
      implements CacheExport<WorkerResult, CacheChains.Item>, AutoCloseable {
    private final Options options;
    private final OperationContext context;
    private final CacheChains chains = new CacheChains();
    private final List<LayerBlobs.Chain> open = new ArrayList<>();
    private final Map<Digest, LayerBlobs.Layer> layers = new HashMap<>();
    private final Map<Digest, Instant> createdAt = new HashMap<>();

    private Collector(Options options, OperationContext context) {
      this.options = options;
      this.context = context;
    }

    @Override
    public Optional<CacheChains.Item> add(Record<WorkerResult, CacheChains.Item> record)
        throws SolveException, IOException, InterruptedException {
      List<List<CacheChains.Link>> inputs = new ArrayList<>();
      for (List<Link<CacheChains.Item>> alternatives : record.inputs()) {
        inputs.add(
            alternatives.stream()
                .map(link ->
                    new CacheChains.Link(
                        link.record(), link.selector().map(Digest::toString).orElse("")))
                .toList());
      }
      Optional<CacheChains.Result> result = Optional.empty();
      if (record.result().isPresent() && record.exportCache().orElse(!record.inputs().isEmpty())) {
        result = result(record.result().get(), options.mode == Mode.MAX || record.last());
      }
      return Optional.of(chains.add(record.key(), inputs, result));
    }

    /**
     * @param make whether layers that are none yet are made
     */
    private Optional<CacheChains.Result> result(Stored<WorkerResult> stored, boolean make)
        throws IOException, InterruptedException {
      Optional<WorkerResult> loaded = load(stored);
      if (loaded.isEmpty() || loaded.get().reference().isEmpty()) {
        return Optional.empty();
      }
      try (WorkerResult result = loaded.get()) {
        ImmutableReference reference = result.reference().orElseThrow();
        if (!make && !hasLayers(reference)) {
          return Optional.empty();
        }
        LayerBlobs.Chain chain =
            blobs.chain(reference, options.compression, options.force, context.lease());
        open.add(chain);
        Instant created = stored.record().createdAt();
        for (LayerBlobs.Layer layer : chain.layers()) {
          layers.putIfAbsent(layer.blob().digest(), layer);
          createdAt.putIfAbsent(layer.blob().digest(), LayerTimes.of(layer.reference()));
        }
        return chain.layers().isEmpty()
            ? Optional.empty()
            : Optional.of(new CacheChains.Result(chain.blobs(), created));
      }
    }

    private Optional<WorkerResult> load(Stored<WorkerResult> stored)
        throws IOException, InterruptedException {
      if (stored.cache().results() instanceof RemoteResults remote) {
        return remote.load(stored.record(), context.progress());
      }
      return store.references().get(stored.record().id(), context.layers()).map(WorkerResult::of);
    }

    private static boolean hasLayers(ImmutableReference reference) {
      List<ImmutableReference> layers = reference.layers();
      try {
        return layers.stream().allMatch(layer -> layer.blob().isPresent());
      } finally {
        layers.forEach(ImmutableReference::close);
      }
    }

    /** The bytes of a layer, fetched if they are not here. */
    private InputStream open(LayerInfo layer) throws IOException, InterruptedException {
      if (!store.content().contains(layer.digest())) {
        LayerBlobs.Layer handle = layers.get(layer.digest());
        if (handle == null) {
          throw new IOException("missing blob " + layer.digest());
        }
        handle.reference().fetchBlob();
      }
      BlobReader reader = store.content().open(layer.digest());
      return new FilterInputStream(reader.stream()) {
        @Override
        public void close() throws IOException {
          try (reader) {
            super.close();
          }
        }
      };
    }

    @Override
    public void close() {
      open.forEach(LayerBlobs.Chain::close);
    }
  }
}
