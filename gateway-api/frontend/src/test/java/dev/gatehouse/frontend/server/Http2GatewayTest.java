package dev.gatehouse.frontend.server;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.frontend.Frontend;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.Result;
import dev.gatehouse.frontend.transport.PipePair;
import dev.gatehouse.frontend.transport.RpcChannel;
import dev.gatehouse.frontend.transport.RpcServer;
import dev.gatehouse.frontend.transport.http2.Http2Channel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The gateway over a frontend image's own transport, against grpc-java's server. */
class Http2GatewayTest extends GatewayContract {
  private static RpcChannel channel(PipePair pipes) {
    return Http2Channel.open(
        pipes.client().getInputStream(),
        pipes.client().getOutputStream(),
        "localhost",
        pipes.client());
  }

  @Override
  public void run(Frontend frontend, GatewayService service, GatewayClients.Facts facts)
      throws Exception {
    PipePair pipes = PipePair.open();
    try (RpcServer server = RpcServer.start(pipes.server(), List.of(service.rpc()));
        RpcChannel channel = channel(pipes)) {
      GatewayClients.run(frontend, channel, Map.of("buildid", List.of("b1")), facts);
    }
  }

  @Test
  void aServerThatIsNoGatewayIsNamed() throws Exception {
    PipePair pipes = PipePair.open();
    pipes
        .server()
        .getOutputStream()
        .write("hello, this is text\n".getBytes(StandardCharsets.UTF_8));
    pipes.server().getOutputStream().close();
    try (RpcChannel channel = channel(pipes)) {
      assertThatThrownBy(() ->
              GatewayClients.run(
                  gateway -> Result.empty(),
                  channel,
                  Map.of(),
                  new GatewayClients.Facts(Map.of(), "", "", List.of())))
          .isInstanceOf(FrontendException.class)
          .hasMessageContaining("speaks no HTTP/2: it began with \"hello, this is text?\"");
    }
  }
}
