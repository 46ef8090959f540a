package dev.gatehouse.solver.worker.registry;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.worker.TestImages;
import dev.gatehouse.solver.worker.image.MediaTypes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;

/**
 * A registry in memory that tells which blobs were read from it and misbehaves when told to. All
 * repositories share their blobs, so a push that mounts needs no content.
 */
public final class MemoryRegistry implements AutoCloseable {
  private static final Pattern PATH = Pattern.compile("/v2/(.+)/(manifests|blobs)/(.+)");

  private record Manifest(String type, byte[] content) {}

  private final HttpServer server;
  private final Map<String, byte[]> blobs = new ConcurrentHashMap<>();
  private final Map<String, Manifest> manifests = new ConcurrentHashMap<>();
  private final Map<String, ByteArrayOutputStream> uploads = new ConcurrentHashMap<>();
  private final ConcurrentLinkedQueue<String> reads = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<String> pushes = new ConcurrentLinkedQueue<>();
  private final AtomicInteger lastUpload = new AtomicInteger();
  private final AtomicInteger failures = new AtomicInteger();
  private final AtomicInteger cuts = new AtomicInteger();

  public MemoryRegistry() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext(
        "/",
        x -> {
          try (x) {
            handle(x);
          }
        });
    server.start();
  }

  public String host() {
    return "localhost:" + server.getAddress().getPort();
  }

  /** The digests of the layers that were read since the last call, with ranges as sent. */
  public List<String> reads() {
    List<String> all = new ArrayList<>();
    for (String read; (read = reads.poll()) != null; ) {
      all.add(read);
    }
    return all;
  }

  /** The digests of blobs whose content was sent here since the last call. */
  public List<String> pushes() {
    List<String> all = new ArrayList<>();
    for (String push; (push = pushes.poll()) != null; ) {
      all.add(push);
    }
    return all;
  }

  /** Answers the next reads of blobs with status 500. */
  public void failNext(int times) {
    failures.set(times);
  }

  /** Ends the connection in the middle of the next reads of blobs. */
  public void cutNext(int times) {
    cuts.set(times);
  }

  public boolean hasManifest(String repository, String reference) {
    return manifests.containsKey(repository + ":" + reference);
  }

  /** Adds an image of gzipped layers and gives its digest. */
  public String image(String repository, String tag, byte[]... layerTars) throws IOException {
    List<Digest> diffIds = new ArrayList<>();
    List<String> layers = new ArrayList<>();
    for (byte[] tar : layerTars) {
      ByteArrayOutputStream zipped = new ByteArrayOutputStream();
      try (OutputStream gzip = new GZIPOutputStream(zipped)) {
        gzip.write(tar);
      }
      diffIds.add(Digest.sha256(tar));
      layers.add(
          TestImages.descriptor(
              "application/vnd.oci.image.layer.v1.tar+gzip", add(zipped.toByteArray())));
    }
    byte[] manifest = TestImages.manifest(add(TestImages.config(diffIds)), layers);
    put(repository, tag, new Manifest(MediaTypes.OCI_MANIFEST, manifest));
    return Digest.sha256(manifest).toString();
  }

  private byte[] add(byte[] blob) {
    blobs.put(Digest.sha256(blob).toString(), blob);
    return blob;
  }

  private void put(String repository, String reference, Manifest manifest) {
    manifests.put(repository + ":" + reference, manifest);
    manifests.put(repository + ":" + Digest.sha256(manifest.content), manifest);
  }

  private void handle(HttpExchange x) throws IOException {
    Matcher path = PATH.matcher(x.getRequestURI().getPath());
    if (!path.matches()) {
      x.sendResponseHeaders(200, -1);
    } else if (path.group(2).equals("manifests")) {
      manifest(x, path.group(1), path.group(3));
    } else if (path.group(3).startsWith("uploads/")) {
      upload(x, path.group(1), path.group(3).substring("uploads/".length()));
    } else {
      blob(x, path.group(3));
    }
  }

  private void manifest(HttpExchange x, String repository, String reference) throws IOException {
    if (x.getRequestMethod().equals("PUT")) {
      byte[] content = x.getRequestBody().readAllBytes();
      put(
          repository,
          reference,
          new Manifest(x.getRequestHeaders().getFirst("Content-Type"), content));
      x.getResponseHeaders().set("Docker-Content-Digest", Digest.sha256(content).toString());
      x.sendResponseHeaders(201, -1);
      return;
    }
    Manifest manifest = manifests.get(repository + ":" + reference);
    if (manifest == null) {
      x.sendResponseHeaders(404, -1);
      return;
    }
    x.getResponseHeaders().set("Content-Type", manifest.type);
    x.getResponseHeaders().set("Docker-Content-Digest", Digest.sha256(manifest.content).toString());
    send(x, 200, manifest.content, manifest.content.length);
  }

  private void blob(HttpExchange x, String digest) throws IOException {
    byte[] blob = blobs.get(digest);
    if (blob == null) {
      x.sendResponseHeaders(404, -1);
      return;
    }
    String range = x.getRequestHeaders().getFirst("Range");
    int from = range == null ? 0 : Integer.parseInt(range.replaceAll("bytes=(\\d+)-.*", "$1"));
    if (from > 0) {
      x.getResponseHeaders()
          .set("Content-Range", "bytes " + from + "-" + (blob.length - 1) + "/" + blob.length);
    }
    if (x.getRequestMethod().equals("GET") && (blob[0] & 0xff) == 0x1f) {
      reads.add(digest + (range == null ? "" : " from " + from));
      if (failures.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
        x.sendResponseHeaders(500, -1);
        return;
      }
      if (cuts.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
        x.sendResponseHeaders(from == 0 ? 200 : 206, blob.length - from);
        x.getResponseBody().write(blob, from, (blob.length - from) / 2);
        x.getResponseBody().flush();
        return; // Closing before all was sent breaks the connection.
      }
    }
    byte[] rest = java.util.Arrays.copyOfRange(blob, from, blob.length);
    send(x, from == 0 ? 200 : 206, rest, rest.length);
  }

  private void upload(HttpExchange x, String repository, String id) throws IOException {
    String query = x.getRequestURI().getQuery();
    if (x.getRequestMethod().equals("POST")) {
      Matcher mount = Pattern.compile("mount=([^&]+)").matcher(query == null ? "" : query);
      if (mount.find() && blobs.containsKey(mount.group(1))) {
        x.sendResponseHeaders(201, -1);
        return;
      }
      String fresh = Integer.toString(lastUpload.incrementAndGet());
      uploads.put(fresh, new ByteArrayOutputStream());
      x.getResponseHeaders().set("Location", "/v2/" + repository + "/blobs/uploads/" + fresh);
      x.sendResponseHeaders(202, -1);
      return;
    }
    ByteArrayOutputStream written = uploads.get(id);
    x.getRequestBody().transferTo(written);
    if (x.getRequestMethod().equals("PUT")) {
      String digest = Digest.sha256(written.toByteArray()).toString();
      blobs.put(digest, written.toByteArray());
      pushes.add(digest);
      x.sendResponseHeaders(201, -1);
      return;
    }
    x.getResponseHeaders().set("Location", "/v2/" + repository + "/blobs/uploads/" + id);
    x.getResponseHeaders().set("Range", "0-" + (written.size() - 1));
    x.sendResponseHeaders(202, -1);
  }

  private static void send(HttpExchange x, int status, byte[] body, int length) throws IOException {
    if (x.getRequestMethod().equals("HEAD")) {
      x.getResponseHeaders().set("Content-Length", Integer.toString(length));
      x.sendResponseHeaders(status, -1);
    } else {
      x.sendResponseHeaders(status, length == 0 ? -1 : length);
      x.getResponseBody().write(body);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
