package dev.gatehouse.solver.worker.export;

import dev.gatehouse.llb.json.Json;
import dev.gatehouse.llb.oci.Descriptor;
import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.core.VertexProgress;
import dev.gatehouse.solver.store.BlobReader;
import dev.gatehouse.solver.store.Lease;
import dev.gatehouse.solver.store.Store;
import dev.gatehouse.solver.store.tar.TarEntry;
import dev.gatehouse.solver.store.tar.TarWriter;
import dev.gatehouse.solver.worker.image.ImageName;
import dev.gatehouse.solver.worker.image.MediaTypes;
import dev.gatehouse.solver.worker.session.content.SessionContent;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * The exporters {@code oci} and {@code docker}: an OCI layout, sent to the client as one tar, or
 * blob by blob with {@code tar=false}. {@code docker} adds the {@code manifest.json} that {@code
 * docker load} reads.
 */
final class ArchiveExporter implements Exporter {
  private static final String CREATED = "org.opencontainers.image.created";
  private static final String REF_NAME = "org.opencontainers.image.ref.name";
  private static final String IMAGE_NAME = "io.containerd.image.name";

  private final Store store;
  private final ImageWriter writer;
  private final LayerBlobs layerBlobs;
  private final boolean docker;

  ArchiveExporter(Store store, ImageWriter writer, LayerBlobs layerBlobs, boolean docker) {
    this.store = store;
    this.writer = writer;
    this.layerBlobs = layerBlobs;
    this.docker = docker;
  }

  @Override
  public String type() {
    return docker ? "docker" : "oci";
  }

  @Override
  public ExporterInstance resolve(int id, Map<String, String> attributes) throws SolveException {
    ImageOptions options = ImageOptions.parse(attributes, false);
    boolean tar = true;
    Map<String, String> metadata = new LinkedHashMap<>();
    for (Map.Entry<String, String> a : options.rest().entrySet()) {
      if (a.getKey().equals("tar")) {
        tar = ImageOptions.bool("tar", a.getValue(), true);
      } else {
        metadata.put(a.getKey(), a.getValue());
      }
    }
    return new Instance(id, options, tar, metadata);
  }

  private final class Instance implements ExporterInstance {
    private final int id;
    private final ImageOptions given;
    private final boolean tar;
    private final Map<String, String> metadata;

    Instance(int id, ImageOptions given, boolean tar, Map<String, String> metadata) {
      this.id = id;
      this.given = given;
      this.tar = tar;
      this.metadata = metadata;
    }

    @Override
    public String name() {
      return "exporting to " + type() + " image format";
    }

    @Override
    public ExportResult export(ExportSource given, ExportContext context)
        throws SolveException, IOException, InterruptedException {
      if (docker && !given.references().isEmpty()) {
        throw ImageWriter.invalid(
            "docker exporter does not currently support exporting manifest lists");
      }
      ExportSource source = ImageResponse.withMetadata(given, metadata);
      ImageOptions options = ImageResponse.withAnnotations(this.given, source);
      List<ImageName> names = new ArrayList<>();
      for (String name : options.names().split(",")) {
        if (!name.isBlank()) {
          names.add(Names.parse(name));
        }
      }
      try (Lease lease = store.lease();
          ImageWriter.Written image = writer.write(source, options, context, lease)) {
        Descriptor root = created(image.root(), options, source, context);
        Map<String, String> response = ImageResponse.of(image, root);
        if (!names.isEmpty()) {
          response.put(
              ImageResponse.NAME,
              String.join(",", names.stream().map(ImageName::toString).toList()));
        }
        fetchLayers(image);
        if (tar) {
          try (VertexProgress.Part part = context.progress().part("sending tarball")) {
            FileSend.file(
                context.sessions(),
                id,
                response,
                out -> writeArchive(image, root, names, out, part));
          }
        } else {
          try (VertexProgress.Part part = context.progress().part("sending content")) {
            sendContent(image, new SessionContent(context.sessions(), "export"), part);
          }
        }
        return new ExportResult(response, Optional.of(root), Optional.empty());
      }
    }
  }

  private static Descriptor created(
      Descriptor root, ImageOptions options, ExportSource source, ExportContext context)
      throws SolveException {
    if (root.annotations().containsKey(CREATED)) {
      return root;
    }
    Instant time =
        options
            .epoch(source, Optional.empty(), context.facts().sourceDateEpoch())
            .orElseGet(Instant::now)
            .truncatedTo(ChronoUnit.SECONDS);
    Map<String, String> annotations = new TreeMap<>(root.annotations());
    annotations.put(CREATED, time.toString());
    return root.withAnnotations(annotations);
  }

  private void fetchLayers(ImageWriter.Written image) throws IOException, InterruptedException {
    List<Callable<Boolean>> tasks = new ArrayList<>();
    for (LayerBlobs.Layer l : image.layers().values()) {
      tasks.add(() -> {
        layerBlobs.fetch(l);
        return true;
      });
    }
    LayerBlobs.all(tasks);
  }

  private void sendContent(
      ImageWriter.Written image, SessionContent client, VertexProgress.Part part)
      throws IOException, InterruptedException {
    for (LayerBlobs.Layer l : image.layers().values()) {
      try (BlobReader reader = store.content().open(l.blob().digest());
          InputStream in = reader.stream()) {
        client.write(l.blob().digest(), l.blob().size(), in, part::advance);
      }
    }
    for (Map.Entry<Digest, ImageWriter.Document> d : image.documents().entrySet()) {
      byte[] content = d.getValue().content();
      client.write(d.getKey(), content.length, new ByteArrayInputStream(content), part::advance);
    }
  }

  /** A member of the archive. */
  private interface Member {
    void writeTo(TarWriter tar, String name) throws IOException;
  }

  private void writeArchive(
      ImageWriter.Written image,
      Descriptor root,
      List<ImageName> names,
      OutputStream out,
      VertexProgress.Part part)
      throws IOException, InterruptedException {
    TreeMap<String, Member> members = new TreeMap<>();
    Member directory =
        (tar, name) ->
            tar.begin(TarEntry.builder(name, TarEntry.Type.DIRECTORY).mode(0755).build());
    members.put("blobs/", directory);
    members.put("blobs/sha256/", directory);
    image.documents().forEach((digest, d) -> members.put(path(digest), content(d.content(), 0444)));
    for (LayerBlobs.Layer l : image.layers().values()) {
      members.put(path(l.blob().digest()), (tar, name) -> writeBlob(l, tar, name, part));
    }
    members.put("index.json", content(Json.bytes(index(root, names)), 0644));
    members.put(
        "oci-layout",
        content("{\"imageLayoutVersion\":\"1.0.0\"}".getBytes(StandardCharsets.UTF_8), 0444));
    if (docker) {
      members.put("manifest.json", content(Json.bytes(dockerManifest(image, names)), 0644));
    }
    try (TarWriter tar = new TarWriter(out)) {
      for (Map.Entry<String, Member> m : members.entrySet()) {
        if (Thread.interrupted()) {
          throw new InterruptedException("export interrupted");
        }
        m.getValue().writeTo(tar, m.getKey());
      }
    }
  }

  private void writeBlob(
      LayerBlobs.Layer layer, TarWriter tar, String name, VertexProgress.Part part)
      throws IOException {
    long size = layer.blob().size();
    try (BlobReader reader = store.content().open(layer.blob().digest());
        InputStream in = reader.stream()) {
      tar.add(TarEntry.builder(name, TarEntry.Type.FILE).mode(0444).size(size).build(), in);
    }
    part.advance(size);
  }

  private static Member content(byte[] bytes, int mode) {
    return (tar, name) ->
        tar.add(TarEntry.builder(name, TarEntry.Type.FILE).mode(mode).build(), bytes);
  }

  private static String path(Digest digest) {
    return "blobs/" + digest.algorithm() + "/" + digest.encoded();
  }

  private static Map<String, Object> index(Descriptor root, List<ImageName> names) {
    List<Object> manifests = new ArrayList<>();
    for (ImageName name : names) {
      Map<String, String> annotations = new TreeMap<>(root.annotations());
      annotations.put(IMAGE_NAME, name.toString());
      annotations.put(REF_NAME, name.tag().orElse(name.toString()));
      manifests.add(root.withAnnotations(annotations).toJson());
    }
    if (names.isEmpty()) {
      manifests.add(root.toJson());
    }
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("schemaVersion", 2);
    json.put("mediaType", MediaTypes.OCI_INDEX);
    json.put("manifests", manifests);
    return json;
  }

  /**
   * What {@code docker load} reads: the image manifest, whether it is the root or in an index with
   * attestations.
   */
  private static List<Object> dockerManifest(ImageWriter.Written image, List<ImageName> names) {
    for (ImageWriter.Document d : image.documents().values()) {
      String type = d.descriptor().mediaType();
      boolean attestation =
          d.references().stream().anyMatch(r -> r.mediaType().equals(MediaTypes.IN_TOTO));
      if (!MediaTypes.isManifest(type) || MediaTypes.isIndex(type) || attestation) {
        continue;
      }
      List<String> layers = new ArrayList<>();
      for (Descriptor l : d.references().subList(1, d.references().size())) {
        layers.add(path(Digest.parse(l.digest().value())));
      }
      Map<String, @Nullable Object> json = new LinkedHashMap<>();
      json.put("Config", path(Digest.parse(d.references().getFirst().digest().value())));
      json.put("RepoTags", names.isEmpty() ? null : names.stream().map(Names::familiar).toList());
      json.put("Layers", layers.isEmpty() ? null : layers);
      return List.of(json);
    }
    throw new IllegalStateException("an image has a manifest");
  }
}
