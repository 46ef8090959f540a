package dev.gatehouse.cli.packager;

import dev.gatehouse.llb.json.Json;
import dev.gatehouse.llb.oci.ContainerConfig;
import dev.gatehouse.llb.oci.Descriptor;
import dev.gatehouse.llb.oci.Digest;
import dev.gatehouse.llb.oci.ImageConfig;
import dev.gatehouse.llb.oci.Platform;
import dev.gatehouse.solver.store.layer.Compression;
import dev.gatehouse.solver.store.tar.TarEntry;
import dev.gatehouse.solver.store.tar.TarWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * An image as a folder in the OCI image layout, written layer by layer.
 *
 * <p>All members of a layer belong to root and carry one time, so the same files give the same
 * digests. Source: OCI image specification 1.1.
 */
final class ImageLayout {
  /** The time of every file in the image: 1980-01-01, the earliest that jars can hold too. */
  static final Instant TIME = Instant.parse("1980-01-01T00:00:00Z");

  private final Path folder;
  private final List<Descriptor> layers = new ArrayList<>();
  private final List<Digest> diffIds = new ArrayList<>();
  private final List<ImageConfig.History> history = new ArrayList<>();

  /** Starts an image in a folder, which is made. */
  ImageLayout(Path folder) throws IOException {
    this.folder = folder;
    Files.createDirectories(folder.resolve("blobs/sha256"));
  }

  /**
   * Adds a layer with all files below a root.
   *
   * @param comment what the image's history says of it
   */
  void addLayer(Path root, String comment) throws IOException {
    Path blob = Files.createTempFile(folder, "layer", ".tmp");
    MessageDigest packed = sha256();
    MessageDigest plain = sha256();
    try (OutputStream file = Files.newOutputStream(blob);
        OutputStream hashed = new DigestOutputStream(file, packed);
        OutputStream compressed = Compression.GZIP.compress(hashed);
        OutputStream tar = new DigestOutputStream(compressed, plain);
        TarWriter writer = new TarWriter(tar)) {
      List<Path> paths;
      try (Stream<Path> all = Files.walk(root)) {
        paths = all.filter(path -> !path.equals(root)).sorted().toList();
      }
      for (Path path : paths) {
        add(writer, root, path);
      }
    }
    layers.add(
        new Descriptor(
            "application/vnd.oci.image.layer.v1.tar+gzip",
            store(blob, packed),
            Files.size(blobPath(hex(packed)))));
    diffIds.add(new Digest("sha256:" + hex(plain)));
    history.add(
        new ImageConfig.History(
            OffsetDateTime.ofInstant(TIME, ZoneOffset.UTC),
            "gatehouse frontend package",
            "",
            comment,
            false));
  }

  private static void add(TarWriter writer, Path root, Path path) throws IOException {
    String name = root.relativize(path).toString();
    if (Files.isSymbolicLink(path)) {
      writer.begin(
          TarEntry.builder(name, TarEntry.Type.SYMLINK)
              .mode(0777)
              .modified(TIME)
              .linkName(Files.readSymbolicLink(path).toString())
              .build());
    } else if (Files.isDirectory(path)) {
      int mode = name.equals("tmp") ? 01777 : 0755;
      writer.begin(
          TarEntry.builder(name + "/", TarEntry.Type.DIRECTORY).mode(mode).modified(TIME).build());
    } else {
      try (InputStream in = Files.newInputStream(path)) {
        writer.add(
            TarEntry.builder(name, TarEntry.Type.FILE)
                .mode(Files.isExecutable(path) ? 0755 : 0644)
                .modified(TIME)
                .size(Files.size(path))
                .build(),
            in);
      }
    }
  }

  /**
   * Writes configuration, manifest and index.
   *
   * @param name the reference that the index gives the image, such as {@code words:1}
   * @return the manifest's descriptor
   */
  Descriptor finish(Platform platform, ContainerConfig config, String name) throws IOException {
    byte[] configBytes =
        ImageConfig.empty(platform)
            .withCreated(OffsetDateTime.ofInstant(TIME, ZoneOffset.UTC))
            .withRootFs(new ImageConfig.RootFs("layers", List.copyOf(diffIds)))
            .withHistory(List.copyOf(history))
            .withConfig(config)
            .toBytes();
    Descriptor configDescriptor = store("application/vnd.oci.image.config.v1+json", configBytes);
    Map<String, Object> manifest = new LinkedHashMap<>();
    manifest.put("schemaVersion", 2);
    manifest.put("mediaType", "application/vnd.oci.image.manifest.v1+json");
    manifest.put("config", configDescriptor.toJson());
    manifest.put("layers", layers.stream().map(Descriptor::toJson).toList());
    Descriptor descriptor =
        store("application/vnd.oci.image.manifest.v1+json", Json.bytes(manifest))
            .withPlatform(platform);
    Map<String, String> names = new LinkedHashMap<>();
    names.put("io.containerd.image.name", name);
    names.put("org.opencontainers.image.ref.name", name.substring(name.lastIndexOf(':') + 1));
    Map<String, Object> index = new LinkedHashMap<>();
    index.put("schemaVersion", 2);
    index.put("mediaType", "application/vnd.oci.image.index.v1+json");
    index.put("manifests", List.of(descriptor.withAnnotations(names).toJson()));
    Files.write(folder.resolve("index.json"), Json.bytes(index));
    Files.writeString(folder.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
    return descriptor;
  }

  /** The size of all layers as they travel, in bytes. */
  long compressedSize() {
    return layers.stream().mapToLong(Descriptor::size).sum();
  }

  List<Descriptor> layers() {
    return List.copyOf(layers);
  }

  Path blobPath(String hex) {
    return folder.resolve("blobs/sha256").resolve(hex);
  }

  private Descriptor store(String mediaType, byte[] bytes) throws IOException {
    Digest digest = Digest.sha256(bytes);
    Files.write(blobPath(digest.hex()), bytes);
    return new Descriptor(mediaType, digest, bytes.length);
  }

  private Digest store(Path file, MessageDigest digest) throws IOException {
    String hex = hex(digest);
    Files.move(file, blobPath(hex), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    return new Digest("sha256:" + hex);
  }

  private final Map<MessageDigest, String> finished = new java.util.IdentityHashMap<>();

  private String hex(MessageDigest digest) {
    return finished.computeIfAbsent(digest, d -> HexFormat.of().formatHex(d.digest()));
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** The bytes of a text, for small files in the image. */
  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
