package dev.gatehouse.solver.worker.source.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.gatehouse.llb.oci.Platform;
import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.store.GcPolicy;
import dev.gatehouse.solver.store.LocalMount;
import dev.gatehouse.solver.store.Store;
import dev.gatehouse.solver.store.StoreOptions;
import dev.gatehouse.solver.worker.FakeBuild;
import dev.gatehouse.solver.worker.TestMachine;
import dev.gatehouse.solver.worker.op.WorkerResult;
import dev.gatehouse.solver.worker.source.ResolveOptions;
import dev.gatehouse.solver.worker.source.SourceInstance;
import dev.gatehouse.solver.worker.source.SourceKey;
import dev.gatehouse.solver.worker.source.SourceMetadata;
import dev.gatehouse.solver.worker.source.SourceRequest;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Downloads from a server of this machine into a real store, which sets owners and needs root. */
@Timeout(120)
class HttpSourceIT {
  @TempDir Path directory;
  private Store store;
  private HttpSource source;
  private FakeBuild build;
  private HttpServer server;
  private final List<String> requests = Collections.synchronizedList(new ArrayList<>());
  private volatile byte[] content = "content".getBytes(StandardCharsets.UTF_8);
  private volatile String etag = "\"one\"";
  private volatile int cut;

  @BeforeEach
  void open() throws Exception {
    TestMachine.needsRoot();
    store = Store.open(directory.resolve("store"), StoreOptions.defaults());
    source = new HttpSource(store.references());
    build = new FakeBuild(store);
    server = HttpServer.create(new InetSocketAddress(0), 0);
    server.createContext("/", this::serve);
    server.start();
  }

  @AfterEach
  void close() {
    if (store != null) {
      server.stop(0);
      build.close();
      source.close();
      store.close();
    }
  }

  private void serve(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    String authorization = exchange.getRequestHeaders().getFirst("Authorization");
    String range = exchange.getRequestHeaders().getFirst("Range");
    requests.add(
        exchange.getRequestMethod()
            + " "
            + path
            + (authorization == null ? "" : " " + authorization)
            + (range == null ? "" : " " + range));
    try (exchange) {
      switch (path) {
        case "/missing" -> exchange.sendResponseHeaders(404, -1);
        case "/away" -> {
          // The same server by another name is another origin.
          exchange
              .getResponseHeaders()
              .set("Location", "http://127.0.0.2:" + server.getAddress().getPort() + "/file");
          exchange.sendResponseHeaders(302, -1);
        }
        case "/loop" -> {
          exchange.getResponseHeaders().set("Location", "/loop");
          exchange.sendResponseHeaders(301, -1);
        }
        case "/compressed" -> compressed(exchange);
        default -> file(exchange, range);
      }
    }
  }

  private void compressed(HttpExchange exchange) throws IOException {
    if (!"gzip".equals(exchange.getRequestHeaders().getFirst("Accept-Encoding"))) {
      exchange.sendResponseHeaders(406, -1);
      return;
    }
    exchange.getResponseHeaders().set("Content-Encoding", "gzip");
    exchange.sendResponseHeaders(200, 0);
    try (GZIPOutputStream out = new GZIPOutputStream(exchange.getResponseBody())) {
      out.write(content);
    }
  }

  private void file(HttpExchange exchange, String range) throws IOException {
    exchange.getResponseHeaders().set("ETag", etag);
    exchange.getResponseHeaders().set("Last-Modified", "Sat, 03 Feb 2024 04:05:06 GMT");
    exchange.getResponseHeaders().set("Accept-Ranges", "bytes");
    String known = exchange.getRequestHeaders().getFirst("If-None-Match");
    if (known != null && known.contains(etag)) {
      exchange.sendResponseHeaders(304, -1);
      return;
    }
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.sendResponseHeaders(200, -1);
      return;
    }
    int from = range == null ? 0 : Integer.parseInt(range.replaceAll("[^0-9]", ""));
    if (range != null) {
      exchange
          .getResponseHeaders()
          .set(
              "Content-Range", "bytes " + from + "-" + (content.length - 1) + "/" + content.length);
    }
    exchange.sendResponseHeaders(range == null ? 200 : 206, content.length - from);
    int end = cut > from ? cut : content.length;
    exchange.getResponseBody().write(content, from, end - from);
    exchange.getResponseBody().flush();
    if (end < content.length) {
      throw new IOException("cut");
    }
  }

  private String url(String path) {
    return "http://127.0.0.1:" + server.getAddress().getPort() + path;
  }

  private SourceInstance instance(String path, Map<String, String> attributes) throws Exception {
    return source.instance(SourceRequest.of(url(path), attributes, Platform.LINUX_AMD64));
  }

  private WorkerResult fetch(String path, Map<String, String> attributes) throws Exception {
    SourceInstance instance = instance(path, attributes);
    instance.key(build);
    return instance.snapshot(build);
  }

  @Test
  void aFileIsATreeOfOneFile() throws Exception {
    SourceInstance instance = instance("/dir/file", Map.of());
    SourceKey key = instance.key(build);
    assertThat(key.pin()).isEqualTo(Digest.sha256("content").toString());
    try (WorkerResult result = instance.snapshot(build);
        LocalMount mount = result.reference().orElseThrow().localMount(true)) {
      Path file = mount.path().resolve("file");
      assertThat(file).hasContent("content");
      assertThat(Files.getLastModifiedTime(file).toInstant()).hasToString("2024-02-03T04:05:06Z");
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
          .isEqualTo("rw-------");
      assertThat(mount.path()).isDirectoryNotContaining(f -> !f.endsWith("file"));
    }
    assertThat(requests).containsExactly("GET /dir/file");
  }

  @Test
  void whatHasNotChangedIsNotFetchedAgain() throws Exception {
    fetch("/file", Map.of()).close();
    requests.clear();
    build.begin();
    SourceInstance again = instance("/file", Map.of());
    String key = again.key(build).key();
    again.snapshot(build).close();
    assertThat(requests).containsExactly("HEAD /file");
    content = "changed".getBytes(StandardCharsets.UTF_8);
    etag = "W/\"two\"";
    build.begin();
    SourceInstance changed = instance("/file", Map.of());
    assertThat(changed.key(build).key()).isNotEqualTo(key);
    requests.clear();
    build.begin();
    fetch("/file", Map.of()).close();
    assertThat(requests).containsExactly("HEAD /file");
  }

  @Test
  void aBuildStaysWithWhatItFound() throws Exception {
    String key = instance("/file", Map.of()).key(build).key();
    content = "changed".getBytes(StandardCharsets.UTF_8);
    etag = "\"two\"";
    store.prune(List.of(new GcPolicy(true, List.of(), Duration.ZERO, 0, 0, 0)), record -> {});
    SourceInstance later = instance("/file", Map.of());
    assertThat(later.key(build).key()).isEqualTo(key);
    try (WorkerResult result = later.snapshot(build);
        LocalMount mount = result.reference().orElseThrow().localMount(true)) {
      assertThat(mount.path().resolve("file")).hasContent("content");
    }
    assertThat(requests).containsExactly("GET /file");
    build.begin();
    assertThat(instance("/file", Map.of()).key(build).key()).isNotEqualTo(key);
  }

  @Test
  void filesMayComeCompressed() throws Exception {
    try (WorkerResult result = fetch("/compressed", Map.of());
        LocalMount mount = result.reference().orElseThrow().localMount(true)) {
      assertThat(mount.path().resolve("compressed")).hasContent("content");
    }
  }

  @Test
  void aPinnedFileIsAskedForOnlyWhenItIsNeeded() throws Exception {
    Map<String, String> pinned =
        Map.of("http.checksum", Digest.sha256("content").toString(), "http.filename", "named");
    SourceInstance instance = instance("/file", pinned);
    instance.key(build);
    assertThat(requests).isEmpty();
    try (WorkerResult result = instance.snapshot(build);
        LocalMount mount = result.reference().orElseThrow().localMount(true)) {
      assertThat(mount.path().resolve("named")).hasContent("content");
    }
    fetch("/file", pinned).close();
    assertThat(requests).containsExactly("GET /file");
    Map<String, String> wrong = Map.of("http.checksum", Digest.sha256("other").toString());
    assertThatThrownBy(() -> fetch("/file", wrong))
        .isInstanceOf(SolveException.class)
        .hasMessage("digest mismatch " + Digest.sha256("content") + ": " + Digest.sha256("other"));
  }

  @Test
  void ownerAndModeAreAsAsked() throws Exception {
    try (WorkerResult result =
            fetch("/file", Map.of("http.perm", "0755", "http.uid", "7", "http.gid", "8"));
        LocalMount mount = result.reference().orElseThrow().localMount(true)) {
      Path file = mount.path().resolve("file");
      assertThat(Files.getAttribute(file, "unix:uid")).isEqualTo(7);
      assertThat(Files.getAttribute(file, "unix:gid")).isEqualTo(8);
      assertThat((int) Files.getAttribute(file, "unix:mode") & 07777).isEqualTo(0755);
    }
  }

  @Test
  void secretsAreLentToTheirServerOnly() throws Exception {
    build.client.secrets.put("HTTP_AUTH_TOKEN_127.0.0.1", "tok");
    fetch("/away", Map.of()).close();
    assertThat(requests).containsExactly("GET /away Bearer tok", "GET /file");
    requests.clear();
    build.client.secrets.put("mine", "Basic xyz");
    fetch("/x", Map.of("http.authheadersecret", "mine")).close();
    assertThat(requests).containsExactly("GET /x Basic xyz");
    assertThatThrownBy(() -> fetch("/x", Map.of("http.authheadersecret", "none")))
        .hasMessageContaining("failed to retrieve HTTP auth secret none");
  }

  @Test
  void brokenDownloadsAreTakenUpAgain() throws Exception {
    content = "0123456789".repeat(20_000).getBytes(StandardCharsets.UTF_8);
    cut = 70_000;
    SourceInstance instance = instance("/file", Map.of());
    assertThat(instance.key(build).pin()).isEqualTo(Digest.sha256(content).toString());
    // How much of a cut answer arrives is up to the network; what did is not asked for again.
    assertThat(requests).hasSizeBetween(2, 3);
    assertThat(requests.subList(1, requests.size()))
        .allMatch(r -> r.matches("GET /file bytes=[1-9]\\d*-"));
  }

  @Test
  void whatServersRefuseIsSaid() {
    assertThatThrownBy(() -> fetch("/missing", Map.of())).hasMessage("invalid response status 404");
    assertThatThrownBy(() -> fetch("/loop", Map.of())).hasMessageContaining("10 redirects");
    server.stop(0);
    assertThatThrownBy(() -> fetch("/file", Map.of()))
        .isInstanceOf(IOException.class)
        .hasMessage("cannot connect to 127.0.0.1");
  }

  @Test
  void frontendsMayAskBeforehand() throws Exception {
    SourceMetadata metadata =
        source.resolve(
            SourceRequest.of(url("/file"), Map.of(), Platform.LINUX_AMD64),
            new ResolveOptions(
                "",
                false,
                false,
                Optional.of(
                    new ResolveOptions.ChecksumRequest(
                        "sha256", "!".getBytes(StandardCharsets.UTF_8)))),
            build);
    SourceMetadata.Http http = (SourceMetadata.Http) metadata.details();
    assertThat(http.filename()).isEqualTo("file");
    assertThat(http.requestedChecksum()).contains(Digest.sha256("content!"));
    assertThat(http.lastModified()).isPresent();
  }
}
