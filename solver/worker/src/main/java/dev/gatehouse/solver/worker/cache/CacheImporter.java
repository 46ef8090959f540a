package dev.gatehouse.solver.worker.cache;

import dev.gatehouse.llb.json.Json;
import dev.gatehouse.llb.json.JsonException;
import dev.gatehouse.llb.oci.Descriptor;
import dev.gatehouse.solver.core.Cache;
import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.store.LayerInfo;
import dev.gatehouse.solver.store.Store;
import dev.gatehouse.solver.worker.image.LayerTimes;
import dev.gatehouse.solver.worker.image.MediaTypes;
import dev.gatehouse.solver.worker.op.OperationContext;
import dev.gatehouse.solver.worker.op.WorkerResult;
import dev.gatehouse.solver.worker.registry.Registries;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Reads caches that others wrote. Only manifests and records are read; layers come when they are
 * needed.
 */
public final class CacheImporter {
  private static final String DIFF_ID = "containerd.io/uncompressed";
  private static final String INLINE = "moby.buildkit.cache.v0";

  private final Store store;
  private final Registries registries;

  public CacheImporter(Store store, Registries registries) {
    this.store = store;
    this.registries = registries;
  }

  /**
   * Reads a cache's records.
   *
   * @return the caches found at the location: one, or one for each image that carries its own
   * @throws SolveException if the location does not make sense
   * @throws IOException if there is no cache there
   */
  public List<Cache<WorkerResult>> open(CacheLocation location, OperationContext context)
      throws SolveException, IOException, InterruptedException {
    CacheStore from =
        switch (location.type()) {
          case "registry" -> CacheStore.registry(location, registries, context.sessions());
          case "local" -> local(location, context);
          case "inline" ->
              throw CacheLocation.invalid(
                  "inline is not a cache importer; use registry with the image's ref");
          default ->
              throw CacheLocation.invalid(
                  "unknown cache importer: " + location.type() + "; known are registry and local");
        };
    try {
      return read(location.type() + " " + location.attributes(), from);
    } catch (IllegalArgumentException e) {
      // Digests, sizes and names in it are anybody's.
      throw new IOException("invalid cache manifest: " + e.getMessage(), e);
    }
  }

  private List<Cache<WorkerResult>> read(String id, CacheStore from)
      throws IOException, InterruptedException {
    byte[] root = from.root();
    Map<?, ?> manifest = object(root);
    boolean index =
        MediaTypes.ofManifest(root)
            .map(MediaTypes::isIndex)
            .orElseThrow(() -> new IOException("unsupported or uninferrable manifest type"));
    Optional<Descriptor> config = Optional.empty();
    Map<Digest, LayerInfo> layers = new LinkedHashMap<>();
    for (Object element : list(manifest.get(index ? "manifests" : "layers"))) {
      Descriptor descriptor = Descriptor.fromJson(element);
      if (descriptor.mediaType().equals(CacheConfig.MEDIA_TYPE)) {
        config = Optional.of(descriptor);
      } else {
        layer(descriptor, descriptor.annotations().get(DIFF_ID), from)
            .ifPresent(layer -> layers.put(layer.digest(), layer));
      }
    }
    if (!index && manifest.get("config") != null) {
      Descriptor descriptor = Descriptor.fromJson(manifest.get("config"));
      if (descriptor.mediaType().equals(CacheConfig.MEDIA_TYPE)) {
        config = Optional.of(descriptor);
      }
    }
    if (config.isPresent()) {
      CacheConfig records = CacheConfig.parse(document(from, config.get()));
      return List.of(cache(id, records, layers, from));
    }
    List<Cache<WorkerResult>> inline = new ArrayList<>();
    inline(root, id, from, inline, new HashSet<>(), 0);
    return inline;
  }

  private static CacheStore local(CacheLocation location, OperationContext context)
      throws SolveException {
    String source =
        location
            .attribute("src")
            .orElseThrow(() -> CacheLocation.invalid("local cache importer requires src"));
    String digest =
        location
            .attribute("digest")
            .orElseThrow(
                () -> CacheLocation.invalid("local cache importer requires explicit digest"));
    try {
      return CacheStore.local(source, Optional.of(Digest.parse(digest)), context.sessions());
    } catch (IllegalArgumentException e) {
      throw CacheLocation.invalid(String.valueOf(e.getMessage()));
    }
  }

  private static byte[] document(CacheStore from, Descriptor descriptor)
      throws IOException, InterruptedException {
    if (descriptor.size() > CacheStore.MAX_DOCUMENT) {
      throw new IOException(
          "blob "
              + descriptor.digest()
              + " is too large ("
              + descriptor.size()
              + " > "
              + CacheStore.MAX_DOCUMENT
              + ")");
    }
    return from.document(Digest.parse(descriptor.digest().value()), descriptor.size());
  }

  private static Optional<LayerInfo> layer(
      Descriptor descriptor, @org.jspecify.annotations.Nullable String diffId, CacheStore from) {
    String uncompressed =
        diffId == null && descriptor.mediaType().endsWith(".tar")
            ? descriptor.digest().value()
            : diffId;
    if (uncompressed == null) {
      return Optional.empty(); // Nobody could tell whether it unpacks to what it should.
    }
    return Optional.of(
        new LayerInfo(
            Digest.parse(descriptor.digest().value()),
            descriptor.size(),
            descriptor.mediaType(),
            Digest.parse(uncompressed),
            descriptor.annotations(),
            from.source()));
  }

  private Cache<WorkerResult> cache(
      String id, CacheConfig config, Map<Digest, LayerInfo> layers, CacheStore from)
      throws IOException {
    ManifestCacheStorage records = new ManifestCacheStorage(config, layers.keySet());
    return new Cache<>(id, records, new RemoteResults(store, records, layers, from));
  }

  /** Images that carry their records in their configuration, directly or through an index. */
  private void inline(
      byte[] document,
      String id,
      CacheStore from,
      List<Cache<WorkerResult>> caches,
      Set<Digest> seen,
      int depth)
      throws IOException, InterruptedException {
    if (!seen.add(Digest.sha256(document)) || depth > 4 || seen.size() > 100) {
      return;
    }
    Map<?, ?> manifest = object(document);
    Optional<String> type = MediaTypes.ofManifest(document);
    if (type.isEmpty()) {
      return;
    }
    if (MediaTypes.isIndex(type.get())) {
      for (Object element : list(manifest.get("manifests"))) {
        Descriptor descriptor = Descriptor.fromJson(element);
        if (MediaTypes.isManifest(descriptor.mediaType())
            || MediaTypes.isIndex(descriptor.mediaType())) {
          inline(
              from.document(Digest.parse(descriptor.digest().value()), -1),
              id,
              from,
              caches,
              seen,
              depth + 1);
        }
      }
      return;
    }
    if (manifest.get("config") == null) {
      return;
    }
    Map<?, ?> image = object(document(from, Descriptor.fromJson(manifest.get("config"))));
    List<?> diffIds =
        image.get("rootfs") instanceof Map<?, ?> rootfs ? list(rootfs.get("diff_ids")) : List.of();
    List<?> descriptors = list(manifest.get("layers"));
    if (!(image.get(INLINE) instanceof String encoded)
        || diffIds.size() != descriptors.size()
        || descriptors.isEmpty()) {
      return;
    }
    Map<Digest, LayerInfo> layers = new LinkedHashMap<>();
    List<Digest> blobs = new ArrayList<>();
    List<Map<?, ?>> history = layerHistory(image);
    for (int i = 0; i < descriptors.size(); i++) {
      Map<?, ?> told = history.size() == descriptors.size() ? history.get(i) : Map.of();
      Descriptor descriptor = described(Descriptor.fromJson(descriptors.get(i)), told);
      blobs.add(Digest.parse(descriptor.digest().value()));
      layer(descriptor, String.valueOf(diffIds.get(i)), from)
          .ifPresent(layer -> layers.put(layer.digest(), layer));
    }
    byte[] records;
    try {
      records = Base64.getDecoder().decode(encoded);
    } catch (IllegalArgumentException e) {
      throw new IOException("invalid inline cache", e);
    }
    caches.add(
        cache(
            id + " " + Digest.sha256(document),
            CacheConfig.parseInline(records, blobs),
            layers,
            from));
  }

  /** What an image's history tells of its layers, lowest first. */
  private static List<Map<?, ?>> layerHistory(Map<?, ?> image) throws IOException {
    List<Map<?, ?>> history = new ArrayList<>();
    if (image.get("history") != null) {
      for (Object item : list(image.get("history"))) {
        if (item instanceof Map<?, ?> entry && !Boolean.TRUE.equals(entry.get("empty_layer"))) {
          history.add(entry);
        }
      }
    }
    return history;
  }

  /** A layer with the annotations that it would have in a cache's own manifest. */
  private static Descriptor described(Descriptor layer, Map<?, ?> told) {
    Map<String, String> annotations = new LinkedHashMap<>(layer.annotations());
    if (told.get("created") instanceof String created) {
      annotations.put(LayerTimes.ANNOTATION, created);
    }
    if (told.get("created_by") instanceof String createdBy && !createdBy.isEmpty()) {
      annotations.put("buildkit/description", createdBy);
    }
    return layer.withAnnotations(annotations);
  }

  private static Map<?, ?> object(byte[] json) throws IOException {
    try {
      if (Json.parse(json) instanceof Map<?, ?> map) {
        return map;
      }
    } catch (JsonException e) {
      throw new IOException("invalid cache manifest: " + e.getMessage(), e);
    }
    throw new IOException("invalid cache manifest: object expected");
  }

  private static List<?> list(@org.jspecify.annotations.Nullable Object value) {
    return value instanceof List<?> elements ? elements : List.of();
  }
}
