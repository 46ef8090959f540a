package dev.gatehouse.solver.worker.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.gatehouse.protocol.auth.CredentialsRequest;
import dev.gatehouse.protocol.auth.CredentialsResponse;
import dev.gatehouse.protocol.auth.FetchTokenRequest;
import dev.gatehouse.protocol.auth.FetchTokenResponse;
import dev.gatehouse.protocol.auth.GetTokenAuthorityRequest;
import dev.gatehouse.protocol.auth.GetTokenAuthorityResponse;
import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.store.Store;
import dev.gatehouse.solver.store.StoreOptions;
import dev.gatehouse.solver.worker.UnaryClient;
import dev.gatehouse.solver.worker.image.ImageName;
import dev.gatehouse.solver.worker.image.MediaTypes;
import dev.gatehouse.solver.worker.session.SessionGroup;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The client against a server that misbehaves as it is told. */
@Timeout(60)
class RepositoryTest {
  private static final byte[] MANIFEST =
      ("{\"schemaVersion\":2,\"mediaType\":\""
              + MediaTypes.OCI_MANIFEST
              + "\",\"config\":{},\"layers\":[]}")
          .getBytes(UTF_8);
  private static final Digest DIGEST = Digest.sha256(MANIFEST);

  private interface Handler {
    void handle(HttpExchange exchange) throws IOException;
  }

  private HttpServer server;
  private String host;
  private volatile Handler handler;
  private final ConcurrentLinkedQueue<String> requests = new ConcurrentLinkedQueue<>();

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext(
        "/",
        x -> {
          requests.add(x.getRequestMethod() + " " + x.getRequestURI());
          try (x) {
            handler.handle(x);
          }
        });
    server.start();
    host = "localhost:" + server.getAddress().getPort();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private static void answer(HttpExchange x, int status, byte[] body, String... headers)
      throws IOException {
    for (int i = 0; i < headers.length; i += 2) {
      x.getResponseHeaders().add(headers[i], headers[i + 1]);
    }
    boolean head = x.getRequestMethod().equals("HEAD");
    if (head) {
      x.getResponseHeaders().set("Content-Length", Integer.toString(body.length));
    }
    x.sendResponseHeaders(status, head || body.length == 0 ? -1 : body.length);
    if (!head && body.length > 0) {
      x.getResponseBody().write(body);
    }
  }

  private static void manifest(HttpExchange x) throws IOException {
    answer(
        x,
        200,
        MANIFEST,
        "Content-Type",
        MediaTypes.OCI_MANIFEST,
        "Docker-Content-Digest",
        DIGEST.toString());
  }

  private Repository repository(Registries registries) throws IOException {
    return registries.repository(ImageName.parse(host + "/a/b:c"), SessionGroup.NONE);
  }

  private Repository repository() throws IOException {
    return repository(new Registries(Map.of(), Credentials.NONE, Duration.ofMillis(5)));
  }

  @Test
  void resolvesByHeadAndFetchesVerified() throws Exception {
    handler = RepositoryTest::manifest;
    assertThat(repository().resolve().digest().value()).isEqualTo(DIGEST.toString());
    assertThat(repository().manifest(DIGEST).content()).isEqualTo(MANIFEST);
    assertThat(requests)
        .containsExactly("HEAD /v2/a/b/manifests/c", "GET /v2/a/b/manifests/" + DIGEST);
    assertThatThrownBy(() -> repository().manifest(Digest.sha256("other")))
        .hasMessageContaining("manifest has digest");
  }

  @Test
  void resolvesByContentWhereAServerTellsNoDigest() throws Exception {
    handler = x -> answer(x, 200, MANIFEST, "Content-Type", "application/json");
    assertThat(repository().resolve().mediaType()).isEqualTo(MediaTypes.OCI_MANIFEST);
  }

  @Test
  void unknownImageServerErrorAndRefusalAreToldApart() {
    handler = x -> answer(x, 404, "{\"errors\":[{\"code\":\"MANIFEST_UNKNOWN\"}]}".getBytes(UTF_8));
    assertThatThrownBy(() -> repository().resolve()).hasMessage(host + "/a/b:c: not found");
    handler = x -> answer(x, 500, "{\"errors\":[{\"message\":\"disk on fire\"}]}".getBytes(UTF_8));
    assertThatThrownBy(() -> repository().manifest())
        .hasMessage(
            host
                + "/a/b:c: unexpected status from GET request to http://"
                + host
                + "/v2/a/b/manifests/c: 500 Internal Server Error: disk on fire");
    handler = x -> answer(x, 401, new byte[0], "WWW-Authenticate", "Basic realm=\"r\"");
    assertThatThrownBy(() -> repository().resolve())
        .hasMessageStartingWith(
            host
                + "/a/b:c: pull access denied, repository does not exist or may require"
                + " authorization");
  }

  @Test
  void triesAgainAfterServerErrorsAndTooManyRequests() throws Exception {
    handler =
        x -> {
          switch (requests.size()) {
            case 1 -> answer(x, 503, new byte[0]);
            case 2 -> x.close();
            default -> manifest(x);
          }
        };
    assertThat(repository().manifest().content()).isEqualTo(MANIFEST);
    assertThat(requests).hasSize(3);
  }

  @Test
  void limitsManifests() {
    handler = x -> answer(x, 200, new byte[Repository.MAX_MANIFEST + 1]);
    assertThatThrownBy(() -> repository().manifest()).hasMessageContaining("exceeds 4194304 bytes");
    assertThatThrownBy(() -> repository().blob(DIGEST, 5 << 20))
        .hasMessageContaining("exceeds 4194304 bytes");
  }

  @Test
  void goesOnWhereATransferWasCut(@TempDir Path dir) throws Exception {
    byte[] blob = new byte[1_000_000];
    new Random(1).nextBytes(blob);
    Digest digest = Digest.sha256(blob);
    handler =
        x -> {
          String range = x.getRequestHeaders().getFirst("Range");
          int from = range == null ? 0 : Integer.parseInt(range.replaceAll("[^0-9]", ""));
          if (from > 0) {
            x.getResponseHeaders()
                .set(
                    "Content-Range", "bytes " + from + "-" + (blob.length - 1) + "/" + blob.length);
          }
          x.sendResponseHeaders(from > 0 ? 206 : 200, blob.length - from);
          OutputStream out = x.getResponseBody();
          out.write(blob, from, Math.min(300_000, blob.length - from));
          out.flush();
          x.close(); // Short of what the length says, but for the last.
        };
    try (Store store = Store.open(dir, StoreOptions.defaults())) {
      long[] told = {0};
      repository().fetch(digest, blob.length, store.content(), n -> told[0] += n);
      assertThat(store.content().read(digest)).isEqualTo(blob);
      assertThat(told[0]).isEqualTo(blob.length);
      assertThat(requests.size()).isGreaterThan(3);
      requests.clear();
      repository().fetch(digest, blob.length, store.content(), n -> {});
      assertThat(requests).isEmpty();

      byte[] other = "other content than promised".getBytes(UTF_8);
      handler = x -> answer(x, 200, other);
      assertThatThrownBy(() -> repository().fetch(DIGEST, other.length, store.content(), n -> {}))
          .isInstanceOf(IOException.class);
      assertThat(store.content().contains(DIGEST)).isFalse();
      assertThatThrownBy(() -> repository().fetch(DIGEST, 5, store.content(), n -> {}))
          .hasMessageContaining("is larger than 5 bytes");
    }
  }

  @Test
  void sendsNoCredentialsToWhereItIsRedirected() throws Exception {
    byte[] blob = "content".getBytes(UTF_8);
    HttpServer elsewhere =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    String[] seen = {"none"};
    elsewhere.createContext(
        "/",
        x -> {
          seen[0] = String.valueOf(x.getRequestHeaders().getFirst("Authorization"));
          answer(x, 200, blob);
          x.close();
        });
    elsewhere.start();
    try {
      handler =
          x -> {
            if (x.getRequestHeaders().getFirst("Authorization") == null) {
              answer(x, 401, new byte[0], "WWW-Authenticate", "Basic realm=\"r\"");
            } else {
              answer(
                  x,
                  307,
                  new byte[0],
                  "Location",
                  "http://127.0.0.1:" + elsewhere.getAddress().getPort() + "/x?sig=1");
            }
          };
      Registries registries =
          new Registries(
              Map.of(), h -> Optional.of(new Credentials.Login("me", "pw")), Duration.ofMillis(5));
      assertThat(repository(registries).blob(Digest.sha256(blob), blob.length)).isEqualTo(blob);
      assertThat(seen[0]).isEqualTo("null");
    } finally {
      elsewhere.stop(0);
    }
  }

  /** A client that has a password for the host. */
  private static final class Client extends UnaryClient {
    private Client() {
      super("s1", "/moby.filesync.v1.Auth/Credentials");
    }

    @Override
    public byte[] call(String method, byte[] request) throws IOException {
      assertThat(CredentialsRequest.parseFrom(request).getHost()).startsWith("localhost:");
      return CredentialsResponse.newBuilder()
          .setUsername("u")
          .setSecret("s3cret")
          .build()
          .toByteArray();
    }
  }

  @Test
  void fetchesTokensWithTheClientsCredentialsAndKeepsThem() throws Exception {
    handler =
        x -> {
          String path = x.getRequestURI().toString();
          String authorization = x.getRequestHeaders().getFirst("Authorization");
          if (path.startsWith("/token")) {
            assertThat(path)
                .contains("service=reg")
                .contains("scope=repository%3Aa%2Fb%3Apull")
                .contains("account=u");
            assertThat(authorization)
                .isEqualTo(
                    "Basic " + Base64.getEncoder().encodeToString("u:s3cret".getBytes(UTF_8)));
            answer(x, 200, "{\"token\":\"t0k\",\"expires_in\":300}".getBytes(UTF_8));
          } else if ("Bearer t0k".equals(authorization)) {
            manifest(x);
          } else {
            answer(
                x,
                401,
                new byte[0],
                "WWW-Authenticate",
                "Bearer realm=\"http://"
                    + host
                    + "/token\",service=\"reg\",scope=\"repository:a/b:pull\"");
          }
        };
    Registries registries = new Registries(Map.of(), Credentials.NONE, Duration.ofMillis(5));
    SessionGroup sessions = () -> List.of(new Client());
    Repository r = registries.repository(ImageName.parse(host + "/a/b:c"), sessions);
    r.resolve();
    r.manifest();
    assertThat(requests).filteredOn(q -> q.startsWith("GET /token")).hasSize(1);
    assertThat(requests).hasSize(4);
    handler =
        x ->
            answer(
                x,
                x.getRequestURI().getPath().equals("/token") ? 403 : 401,
                new byte[0],
                "WWW-Authenticate",
                "Bearer realm=\"http://" + host + "/token\"");
    assertThatThrownBy(() ->
            new Registries(Map.of(), Credentials.NONE, Duration.ofMillis(5))
                .repository(ImageName.parse(host + "/a/b:c"), sessions)
                .resolve())
        .hasMessageContaining("failed to fetch oauth token")
        .hasMessageNotContaining("s3cret");
  }

  /**
   * A client that fetches tokens itself, as BuildKit's command line does: its secrets stay there.
   */
  private static final class TokenClient extends UnaryClient {
    final List<FetchTokenRequest> fetched = new ArrayList<>();

    private TokenClient() {
      super("s2", "/moby.filesync.v1.Auth/");
    }

    @Override
    public byte[] call(String method, byte[] request) throws IOException {
      switch (method) {
        case "/moby.filesync.v1.Auth/GetTokenAuthority" -> {
          GetTokenAuthorityRequest asked = GetTokenAuthorityRequest.parseFrom(request);
          assertThat(asked.getSalt().size()).isEqualTo(32);
          return GetTokenAuthorityResponse.newBuilder()
              .setPublicKey(ByteString.copyFrom(new byte[32]))
              .build()
              .toByteArray();
        }
        case "/moby.filesync.v1.Auth/FetchToken" -> {
          fetched.add(FetchTokenRequest.parseFrom(request));
          return FetchTokenResponse.newBuilder()
              .setToken("from the client " + fetched.size())
              .setExpiresIn(300)
              .build()
              .toByteArray();
        }
        default -> throw new AssertionError(method);
      }
    }
  }

  @Test
  void hasTheClientFetchTokensWhereItCan() throws Exception {
    handler =
        x -> {
          String authorization = x.getRequestHeaders().getFirst("Authorization");
          String challenge =
              "Bearer realm=\"https://auth.test/token\",service=\"reg\",scope=\"repository:a/b:pull\"";
          if (authorization != null && authorization.matches("Bearer from the client [12]")) {
            // The second request finds that the token was revoked meanwhile.
            if (authorization.endsWith("1") && requests.size() == 3) {
              answer(x, 401, new byte[0], "WWW-Authenticate", challenge);
            } else {
              manifest(x);
            }
          } else {
            answer(x, 401, new byte[0], "WWW-Authenticate", challenge);
          }
        };
    TokenClient client = new TokenClient();
    Registries registries = new Registries(Map.of(), Credentials.NONE, Duration.ofMillis(5));
    Repository r = registries.repository(ImageName.parse(host + "/a/b:c"), () -> List.of(client));
    r.resolve();
    assertThat(client.fetched)
        .singleElement()
        .satisfies(token -> {
          assertThat(token.getClientID()).isEqualTo("buildkit-client");
          assertThat(token.getHost()).isEqualTo(host);
          assertThat(token.getRealm()).isEqualTo("https://auth.test/token");
          assertThat(token.getService()).isEqualTo("reg");
          assertThat(token.getScopesList()).containsExactly("repository:a/b:pull");
        });
    assertThat(r.manifest().content()).isEqualTo(MANIFEST);
    assertThat(client.fetched).hasSize(2);
    // Another client of the same daemon gets none of its tokens.
    requests.clear();
    assertThatThrownBy(() -> repository(registries).resolve()).isInstanceOf(IOException.class);
  }

  @Test
  void asksMirrorsFirstAndTheRegistryAfterThem() throws Exception {
    String dead;
    try (ServerSocket s = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      dead = "localhost:" + s.getLocalPort();
    }
    handler =
        x -> {
          if (x.getRequestURI().getPath().startsWith("/v2/cache/")) {
            answer(x, 404, new byte[0]);
          } else {
            manifest(x);
          }
        };
    RegistryConfig mirrored =
        new RegistryConfig(
            List.of(dead, host + "/cache"),
            Optional.of(true),
            Optional.empty(),
            List.of(),
            List.of(),
            List.of());
    RegistryConfig plain =
        new RegistryConfig(
            List.of(), Optional.of(true), Optional.empty(), List.of(), List.of(), List.of());
    int port = server.getAddress().getPort();
    String domain = "127.0.0.1:" + port;
    Registries registries =
        new Registries(
            Map.of(domain, mirrored, host, plain, dead, plain),
            Credentials.NONE,
            Duration.ofMillis(5));
    Repository r = registries.repository(ImageName.parse(domain + "/a/b:c"), SessionGroup.NONE);
    assertThat(r.resolve().digest().value()).isEqualTo(DIGEST.toString());
    assertThat(requests)
        .containsExactly(
            "HEAD /v2/cache/a/b/manifests/c?ns=127.0.0.1%3A" + port, "HEAD /v2/a/b/manifests/c");
  }

  @Test
  void pushesInChunksWhereTheWholeIsTooLarge() throws Exception {
    byte[] blob = new byte[100_000];
    java.io.ByteArrayOutputStream got = new java.io.ByteArrayOutputStream();
    handler =
        x -> {
          byte[] body = x.getRequestBody().readAllBytes();
          switch (x.getRequestMethod()) {
            case "HEAD" -> answer(x, 404, new byte[0]);
            case "POST" -> answer(x, 202, new byte[0], "Location", "/v2/up?state=1");
            case "PATCH" -> {
              got.write(body);
              assertThat(x.getRequestHeaders().getFirst("Content-Range")).isEqualTo("0-99999");
              answer(x, 202, new byte[0], "Location", "/v2/up?state=2");
            }
            default -> answer(x, body.length > 0 ? 413 : 201, new byte[0]);
          }
        };
    assertThat(
            repository()
                .pushBlob(
                    Digest.sha256(blob),
                    blob.length,
                    Optional.empty(),
                    () -> new ByteArrayInputStream(blob),
                    n -> {}))
        .isTrue();
    assertThat(got.toByteArray()).isEqualTo(blob);
    assertThat(requests.peek()).startsWith("HEAD /v2/a/b/blobs/");
  }

  @Test
  void readsChallenges() {
    assertThat(
            Challenge.parse(
                List.of(
                    "Bearer realm=\"https://a/t?x=1,2\",service=s,scope=\"a b\", Basic"
                        + " realm=\"q\\\"r\"",
                    "Negotiate")))
        .containsExactly(
            new Challenge(
                "bearer", Map.of("realm", "https://a/t?x=1,2", "service", "s", "scope", "a b")),
            new Challenge("basic", Map.of("realm", "q\"r")),
            new Challenge("negotiate", Map.of()));
    assertThat(Authorizer.mergeScopes("repository:a:pull repository:a:push,pull repository:b:pull"))
        .containsExactly("repository:a:pull,push", "repository:b:pull");
  }

  @Test
  void readsProxiesOfTheEnvironment() {
    EnvironmentProxy proxy =
        new EnvironmentProxy(
            Map.of("https_proxy", "proxy:3128", "NO_PROXY", "internal.example,.corp"));
    assertThat(
            proxy
                .select(java.net.URI.create("https://registry-1.docker.io/v2/"))
                .getFirst()
                .address()
                .toString())
        .contains("proxy")
        .contains("3128");
    for (String direct :
        List.of(
            "https://internal.example/",
            "https://x.corp/",
            "https://localhost:5000/",
            "http://a.b/")) {
      assertThat(proxy.select(java.net.URI.create(direct)))
          .containsExactly(java.net.Proxy.NO_PROXY);
    }
  }
}
