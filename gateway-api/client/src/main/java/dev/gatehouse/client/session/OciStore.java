package dev.gatehouse.client.session;

import dev.gatehouse.llb.json.Json;
import dev.gatehouse.llb.json.JsonException;
import dev.gatehouse.llb.oci.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** An OCI layout on disk: blobs by digest, {@code index.json}, and ingests under way. */
final class OciStore {
  private static final String NAME = "org.opencontainers.image.ref.name";
  private static final String IMAGE_NAME = "io.containerd.image.name";

  private final Path root;

  OciStore(Path root) {
    this.root = root;
  }

  Path blob(Digest digest) {
    return root.resolve("blobs").resolve(digest.algorithm()).resolve(digest.hex());
  }

  /** All blobs. */
  List<Digest> blobs() throws IOException {
    List<Digest> all = new ArrayList<>();
    for (String algorithm : List.of("sha256", "sha384", "sha512")) {
      Path directory = root.resolve("blobs").resolve(algorithm);
      if (Files.isDirectory(directory)) {
        try (var files = Files.newDirectoryStream(directory)) {
          for (Path file : files) {
            Digest.parse(algorithm + ":" + file.getFileName()).ifPresent(all::add);
          }
        }
      }
    }
    return all;
  }

  /** Where the content of an ingest grows. */
  Path ingest(String reference) throws IOException {
    Path directory = Files.createDirectories(root.resolve("ingest"));
    return directory.resolve(Digest.sha256(reference).hex());
  }

  private Map<String, @Nullable Object> index() throws IOException {
    Path file = root.resolve("index.json");
    Map<String, @Nullable Object> index = new LinkedHashMap<>();
    if (Files.exists(file)) {
      try {
        if (Json.parse(Files.readAllBytes(file)) instanceof Map<?, ?> map) {
          map.forEach((k, v) -> index.put(String.valueOf(k), v));
        }
      } catch (JsonException e) {
        throw new IOException(file + " is not JSON: " + e.getMessage(), e);
      }
    }
    index.putIfAbsent("schemaVersion", 2L);
    return index;
  }

  private static List<Map<?, ?>> manifests(Map<String, @Nullable Object> index) {
    List<Map<?, ?>> manifests = new ArrayList<>();
    if (index.get("manifests") instanceof List<?> list) {
      for (Object item : list) {
        if (item instanceof Map<?, ?> map) {
          manifests.add(map);
        }
      }
    }
    return manifests;
  }

  /** The digest that the index has under a tag. */
  Optional<String> tagged(String tag) throws IOException {
    for (Map<?, ?> manifest : manifests(index())) {
      if (manifest.get("annotations") instanceof Map<?, ?> annotations
          && tag.equals(annotations.get(NAME))
          && manifest.get("digest") instanceof String digest) {
        return Optional.of(digest);
      }
    }
    return Optional.empty();
  }

  /**
   * Adds a manifest to the index.
   *
   * @param descriptor JSON object
   * @param name a full image name, or empty
   */
  void put(Map<?, ?> descriptor, String tag, String name) throws IOException {
    Files.createDirectories(root);
    Map<String, @Nullable Object> index = index();
    List<Object> manifests = new ArrayList<>();
    for (Map<?, ?> manifest : manifests(index)) {
      boolean same =
          manifest.get("annotations") instanceof Map<?, ?> a
              && tag.equals(a.get(NAME))
              && (name.isEmpty() || name.equals(a.get(IMAGE_NAME)));
      if (!same) {
        manifests.add(manifest);
      }
    }
    Map<String, @Nullable Object> entry = new LinkedHashMap<>();
    descriptor.forEach((k, v) -> entry.put(String.valueOf(k), v));
    Map<String, @Nullable Object> annotations = new LinkedHashMap<>();
    if (entry.get("annotations") instanceof Map<?, ?> a) {
      a.forEach((k, v) -> annotations.put(String.valueOf(k), v));
    }
    if (!name.isEmpty()) {
      annotations.put(IMAGE_NAME, name);
    }
    annotations.put(NAME, tag);
    entry.put("annotations", annotations);
    manifests.add(entry);
    index.put("manifests", manifests);
    write("index.json", Json.bytes(index));
    write("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}".getBytes(StandardCharsets.UTF_8));
  }

  private void write(String name, byte[] content) throws IOException {
    Path temporary = Files.createTempFile(root, name, ".tmp");
    Files.write(temporary, content);
    Files.move(
        temporary,
        root.resolve(name),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }
}
