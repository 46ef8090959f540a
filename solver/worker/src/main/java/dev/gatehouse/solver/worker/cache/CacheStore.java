package dev.gatehouse.solver.worker.cache;

import dev.gatehouse.llb.json.Json;
import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.core.VertexProgress;
import dev.gatehouse.solver.store.ContentStore;
import dev.gatehouse.solver.store.LayerInfo;
import dev.gatehouse.solver.worker.image.ImageName;
import dev.gatehouse.solver.worker.registry.Registries;
import dev.gatehouse.solver.worker.registry.Repository;
import dev.gatehouse.solver.worker.session.SessionGroup;
import dev.gatehouse.solver.worker.session.content.SessionContent;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** A place that caches are read from or written to. */
interface CacheStore {
  /** The greatest manifest or configuration that is read. */
  int MAX_DOCUMENT = 16 << 20;

  /** The manifest or index that a location names. */
  byte[] root() throws IOException, InterruptedException;

  /** A further document. */
  byte[] document(Digest digest, long size) throws IOException, InterruptedException;

  /** Brings a layer into the worker's content store. */
  void fetch(LayerInfo layer, ContentStore content, VertexProgress progress)
      throws IOException, InterruptedException;

  /**
   * What is recorded with layers so that they can be fetched again in later builds; empty if they
   * cannot.
   */
  String source();

  /** Writes a blob unless it is there. */
  void write(Digest digest, long size, Repository.BlobSource blob, VertexProgress progress)
      throws IOException, InterruptedException;

  /** Writes the manifest under the location's name. */
  void writeRoot(Digest digest, String mediaType, byte[] manifest)
      throws IOException, InterruptedException;

  /** A cache in a registry, at {@code ref}. */
  static CacheStore registry(CacheLocation location, Registries registries, SessionGroup sessions)
      throws SolveException, IOException {
    ImageName name;
    try {
      name = ImageName.parse(location.attribute("ref").orElse(""));
    } catch (IllegalArgumentException e) {
      throw CacheLocation.invalid(
          location.attribute("ref").isEmpty() ? "missing ref" : String.valueOf(e.getMessage()));
    }
    boolean insecure = location.flag("registry.insecure", false);
    Repository repository =
        insecure
            ? registries.insecureRepository(name, sessions)
            : registries.repository(name, sessions);
    return new CacheStore() {
      @Override
      public byte[] root() throws IOException, InterruptedException {
        return repository.manifest().content();
      }

      @Override
      public byte[] document(Digest digest, long size) throws IOException, InterruptedException {
        return size < 0 ? repository.manifest(digest).content() : repository.blob(digest, size);
      }

      @Override
      public void fetch(LayerInfo layer, ContentStore content, VertexProgress progress)
          throws IOException, InterruptedException {
        String id = layer.digest().toString();
        try (VertexProgress.Part part = progress.part(id, id, layer.size())) {
          repository.fetch(layer.digest(), layer.size(), content, part::advance);
        }
      }

      @Override
      public String source() {
        return name.repository();
      }

      @Override
      public void write(
          Digest digest, long size, Repository.BlobSource blob, VertexProgress progress)
          throws IOException, InterruptedException {
        try (VertexProgress.Part part =
            progress.part(digest.toString(), "writing layer " + digest, size)) {
          repository.pushBlob(digest, size, Optional.empty(), blob, part::advance);
        }
      }

      @Override
      public void writeRoot(Digest digest, String mediaType, byte[] manifest)
          throws IOException, InterruptedException {
        repository.pushManifest(name.object(), mediaType, manifest);
      }
    };
  }

  /**
   * A cache in a directory of a client.
   *
   * @param directory the client's name for it
   * @param root the manifest's digest, empty for a place to write to
   */
  static CacheStore local(String directory, Optional<Digest> root, SessionGroup sessions) {
    SessionContent content = new SessionContent(sessions, "local:" + directory);
    return new CacheStore() {
      @Override
      public byte[] root() throws IOException, InterruptedException {
        return content.read(
            root.orElseThrow(
                () -> new IOException("local cache importer requires explicit digest")),
            MAX_DOCUMENT);
      }

      @Override
      public byte[] document(Digest digest, long size) throws IOException, InterruptedException {
        return content.read(digest, MAX_DOCUMENT);
      }

      @Override
      public void fetch(LayerInfo layer, ContentStore target, VertexProgress progress)
          throws IOException, InterruptedException {
        String id = layer.digest().toString();
        try (VertexProgress.Part part = progress.part(id, id, layer.size())) {
          content.fetch(layer.digest(), layer.size(), target, part::advance);
        }
      }

      @Override
      public String source() {
        return "";
      }

      @Override
      public void write(
          Digest digest, long size, Repository.BlobSource blob, VertexProgress progress)
          throws IOException, InterruptedException {
        if (content.size(digest).isPresent()) {
          return;
        }
        try (VertexProgress.Part part =
                progress.part(digest.toString(), "writing layer " + digest, size);
            var in = blob.open()) {
          content.write(digest, size, in, part::advance);
        }
      }

      @Override
      public void writeRoot(Digest digest, String mediaType, byte[] manifest)
          throws IOException, InterruptedException {
        content.write(digest, manifest.length, new ByteArrayInputStream(manifest), bytes -> {});
      }
    };
  }

  /** A descriptor as JSON. */
  static Map<String, Object> descriptor(
      String mediaType, Digest digest, long size, Map<String, String> annotations) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("mediaType", mediaType);
    json.put("digest", digest.toString());
    json.put("size", size);
    if (!annotations.isEmpty()) {
      json.put("annotations", annotations);
    }
    return json;
  }

  /** A descriptor as JSON text. */
  static String descriptorText(String mediaType, Digest digest, long size) {
    return Json.write(descriptor(mediaType, digest, size, Map.of()));
  }
}
