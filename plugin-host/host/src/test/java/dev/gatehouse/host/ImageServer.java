package dev.gatehouse.host;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.gatehouse.llb.json.Json;
import dev.gatehouse.llb.oci.ContainerConfig;
import dev.gatehouse.llb.oci.Descriptor;
import dev.gatehouse.llb.oci.Digest;
import dev.gatehouse.llb.oci.ImageConfig;
import dev.gatehouse.llb.oci.Platform;
import dev.gatehouse.solver.store.tar.TarEntry;
import dev.gatehouse.solver.store.tar.TarWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;

/** A registry that images can be read from: each is a layer of files and a configuration. */
final class ImageServer implements AutoCloseable {
  private static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";

  private final HttpServer server;

  /** Manifests by name and tag, manifests and blobs by digest. */
  private final Map<String, byte[]> objects = new ConcurrentHashMap<>();

  ImageServer() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/v2/", this::answer);
    server.start();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      String[] parts = path.split("/(manifests|blobs)/", 2);
      byte[] found =
          parts.length < 2
              ? new byte[0]
              : objects.get(
                  parts[1].startsWith("sha256:")
                      ? parts[1]
                      : parts[0].substring("/v2/".length()) + ":" + parts[1]);
      if (found == null) {
        exchange.sendResponseHeaders(404, -1);
        return;
      }
      boolean manifest = path.contains("/manifests/");
      exchange
          .getResponseHeaders()
          .add("Content-Type", manifest ? MANIFEST : "application/octet-stream");
      boolean head = exchange.getRequestMethod().equals("HEAD");
      if (head) {
        exchange.getResponseHeaders().add("Content-Length", Integer.toString(found.length));
      }
      exchange.sendResponseHeaders(200, head || found.length == 0 ? -1 : found.length);
      if (!head) {
        exchange.getResponseBody().write(found);
      }
    }
  }

  /** Where the images are, such as {@code localhost:1234}. */
  String host() {
    return "localhost:" + server.getAddress().getPort();
  }

  /**
   * Adds an image under the tag {@code 1}.
   *
   * @param files executable, by path
   * @return its digest
   */
  String add(String repository, Map<String, byte[]> files, ContainerConfig config)
      throws IOException {
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    try (TarWriter writer = new TarWriter(tar)) {
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        writer.add(
            TarEntry.builder(file.getKey(), TarEntry.Type.FILE)
                .mode(0755)
                .size(file.getValue().length)
                .build(),
            file.getValue());
      }
    }
    Descriptor layer = blob("application/vnd.oci.image.layer.v1.tar", tar.toByteArray());
    byte[] image =
        ImageConfig.empty(Platform.host())
            .withRootFs(new ImageConfig.RootFs("layers", List.of(layer.digest())))
            .withConfig(config)
            .toBytes();
    Map<String, Object> manifest = new LinkedHashMap<>();
    manifest.put("schemaVersion", 2);
    manifest.put("mediaType", MANIFEST);
    manifest.put("config", blob("application/vnd.oci.image.config.v1+json", image).toJson());
    manifest.put("layers", List.of(layer.toJson()));
    byte[] bytes = Json.bytes(manifest);
    objects.put(repository + ":1", bytes);
    return blob(MANIFEST, bytes).digest().toString();
  }

  private Descriptor blob(String type, byte[] bytes) {
    Digest digest = Digest.sha256(bytes);
    objects.put(digest.toString(), bytes);
    return new Descriptor(type, digest, bytes.length);
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
