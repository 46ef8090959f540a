package dev.gatehouse.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.gatehouse.daemon.config.ConfigReader;
import dev.gatehouse.daemon.transport.ListenAddress;
import dev.gatehouse.frontend.transport.RpcChannel;
import dev.gatehouse.frontend.transport.RpcChannels;
import dev.gatehouse.frontend.transport.StreamSocket;
import dev.gatehouse.protocol.control.CacheOptions;
import dev.gatehouse.protocol.control.CacheOptionsEntry;
import dev.gatehouse.protocol.control.SolveRequest;
import dev.gatehouse.protocol.gateway.PongResponse;
import dev.gatehouse.protocol.gateway.Result;
import dev.gatehouse.protocol.gateway.ReturnRequest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Caches that builds ask for and do not get. */
@Timeout(120)
class CacheImportIT {
  @TempDir Path dir;

  private StreamSocket socket() throws IOException {
    SocketChannel c = SocketChannel.open(UnixDomainSocketAddress.of(dir.resolve("d.sock")));
    return new StreamSocket(Channels.newInputStream(c), Channels.newOutputStream(c), c);
  }

  /** The client is the frontend: it calls at once, while the daemon still looks for the cache. */
  @Test
  void aClientThatIsTheFrontendWaitsForCachesThatAnswerSlowlyOrAreUnknown() throws Exception {
    Assumptions.assumeTrue("root".equals(System.getProperty("user.name")), "the worker needs root");
    HttpServer registry =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    registry.createContext(
        "/",
        exchange -> {
          try {
            Thread.sleep(4000); // Longer than a client waits for its build to begin.
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          exchange.sendResponseHeaders(404, -1);
          exchange.close();
        });
    registry.start();
    String ref = "127.0.0.1:" + registry.getAddress().getPort() + "/cache:latest";
    SolveRequest request =
        SolveRequest.newBuilder()
            .setRef("slow")
            .setCache(
                CacheOptions.newBuilder()
                    .addImports(CacheOptionsEntry.newBuilder().setType("gha"))
                    .addImports(
                        CacheOptionsEntry.newBuilder().setType("registry").putAttrs("ref", ref)))
            .build();
    List<ListenAddress> addresses = List.of(new ListenAddress.Unix(dir.resolve("d.sock")));
    try (Daemon daemon =
            Daemon.start(ConfigReader.defaults(), dir.resolve("root"), addresses, List.of());
        RpcChannel channel = RpcChannels.connecting(this::socket, "localhost")) {
      CompletableFuture<byte[]> solve = new CompletableFuture<>();
      Thread solving =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  solve.complete(
                      channel.call("/moby.buildkit.v1.Control/Solve", request.toByteArray()));
                } catch (Exception e) {
                  solve.completeExceptionally(e);
                }
              });
      Map<String, List<String>> build = Map.of("buildkit-controlapi-buildid", List.of("slow"));
      String bridge = "/moby.buildkit.v1.frontend.LLBBridge/";
      PongResponse pong = PongResponse.parseFrom(channel.call(bridge + "Ping", new byte[0], build));
      assertThat(pong.getWorkersCount()).isEqualTo(1);
      channel.call(
          bridge + "Return",
          ReturnRequest.newBuilder().setResult(Result.getDefaultInstance()).build().toByteArray(),
          build);
      assertThat(solve.get()).isEmpty();
      solving.join();
    } finally {
      registry.stop(0);
    }
  }
}
