package dev.gatehouse.client.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.gatehouse.client.BuildClient;
import dev.gatehouse.client.BuildRequest;
import dev.gatehouse.client.FakeDaemon;
import dev.gatehouse.client.StatusListener;
import dev.gatehouse.frontend.transport.RpcException;
import dev.gatehouse.protocol.auth.FetchTokenRequest;
import dev.gatehouse.protocol.auth.FetchTokenResponse;
import dev.gatehouse.protocol.control.SolveResponse;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Where a client takes its passwords for a token, and where it does not. */
@Timeout(120)
class FetchTokenTest {
  private static final String HOST = "reg.example";

  @TempDir Path temp;
  private HttpServer server;
  private final List<String> authorizations = new CopyOnWriteArrayList<>();

  @BeforeEach
  void start() throws IOException {
    String login =
        Base64.getEncoder().encodeToString("me:password".getBytes(StandardCharsets.UTF_8));
    Files.writeString(
        temp.resolve("config.json"), "{\"auths\":{\"reg.example\":{\"auth\":\"" + login + "\"}}}");
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/token", exchange -> answer(exchange, 200, "{\"token\":\"t\"}"));
    server.createContext(
        "/elsewhere",
        exchange -> {
          exchange.getResponseHeaders().set("Location", "/token");
          answer(exchange, 302, "");
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private void answer(HttpExchange exchange, int status, String text) throws IOException {
    String authorization = exchange.getRequestHeaders().getFirst("Authorization");
    boolean form = exchange.getRequestMethod().equals("POST");
    authorizations.add(exchange.getRequestURI().getPath() + " " + (form ? "form" : authorization));
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    exchange.getRequestBody().readAllBytes();
    exchange.sendResponseHeaders(form ? 404 : status, body.length == 0 ? -1 : body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  private String realm(String path) {
    return "http://127.0.0.1:" + server.getAddress().getPort() + path;
  }

  private String fetch(String host, String realm) throws Exception {
    Object[] outcome = new Object[1];
    try (FakeDaemon daemon =
            new FakeDaemon((solve, session) -> {
              try {
                byte[] answer =
                    session.call(
                        "/moby.filesync.v1.Auth/FetchToken",
                        FetchTokenRequest.newBuilder()
                            .setHost(host)
                            .setRealm(realm)
                            .addScopes("repository:a:pull")
                            .build()
                            .toByteArray());
                outcome[0] = FetchTokenResponse.parseFrom(answer).getToken();
              } catch (RpcException | InterruptedException | IOException e) {
                outcome[0] = e;
              }
              return SolveResponse.getDefaultInstance();
            });
        BuildClient client = daemon.connect()) {
      client.solve(
          BuildRequest.builder().frontend("f").dockerConfig(temp).build(), StatusListener.none());
    }
    if (outcome[0] instanceof Exception e) {
      throw e;
    }
    return String.valueOf(outcome[0]);
  }

  @Test
  void theTokenServerGetsThePasswordAndNobodyItNames() throws Exception {
    String basic = "Basic bWU6cGFzc3dvcmQ=";

    assertThat(fetch(HOST, realm("/token"))).isEqualTo("t");
    assertThat(authorizations).containsExactly("/token form", "/token " + basic);

    authorizations.clear();
    assertThatThrownBy(() -> fetch(HOST, realm("/elsewhere")))
        .hasMessageContaining("failed to fetch oauth token");
    assertThat(authorizations).containsExactly("/elsewhere form", "/elsewhere " + basic);

    authorizations.clear();
    assertThat(fetch("other.example", realm("/elsewhere"))).isEqualTo("t");
    assertThat(authorizations).containsExactly("/elsewhere null", "/token null");
  }

  @Test
  void passwordsGoNowhereInTheClear() {
    for (String realm : List.of("http://auth.example/token", "http://127.evil.example/token")) {
      assertThatThrownBy(() -> fetch(HOST, realm))
          .hasMessage("credentials are not sent to " + realm + ": it is not https");
    }
  }
}
