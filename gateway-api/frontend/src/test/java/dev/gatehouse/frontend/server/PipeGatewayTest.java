package dev.gatehouse.frontend.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.frontend.Frontend;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.Result;
import dev.gatehouse.frontend.transport.RpcChannel;
import dev.gatehouse.frontend.transport.RpcChannels;
import dev.gatehouse.frontend.transport.RpcServer;
import dev.gatehouse.frontend.transport.StreamSocket;
import java.nio.channels.Channels;
import java.nio.channels.Pipe;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The gateway over HTTP/2 in a pair of pipes, as a frontend image has it. */
class PipeGatewayTest extends GatewayContract {
  @Override
  void run(Frontend frontend, GatewayService service, GatewayClients.Facts facts) throws Exception {
    Pipe in = Pipe.open();
    Pipe out = Pipe.open();
    try (RpcServer server =
            RpcServer.start(
                new StreamSocket(
                    Channels.newInputStream(out.source()), Channels.newOutputStream(in.sink())),
                List.of(service.rpc()));
        RpcChannel channel =
            RpcChannels.over(
                new StreamSocket(
                    Channels.newInputStream(in.source()), Channels.newOutputStream(out.sink())))) {
      GatewayClients.run(frontend, channel, Map.of("buildid", List.of("b1")), facts);
    }
  }

  @Test
  void aServerThatIsNoGatewayIsNamed() throws Exception {
    Pipe in = Pipe.open();
    Pipe out = Pipe.open();
    in.sink().write(java.nio.ByteBuffer.wrap("hello, this is text on stdout\n".getBytes()));
    in.sink().close();
    try (RpcChannel channel =
        RpcChannels.over(
            new StreamSocket(
                Channels.newInputStream(in.source()), Channels.newOutputStream(out.sink())))) {
      assertThatThrownBy(() ->
              GatewayClients.run(
                  gateway -> Result.empty(),
                  channel,
                  Map.of(),
                  new GatewayClients.Facts(Map.of(), "", "", List.of())))
          .isInstanceOf(FrontendException.class);
    }
  }

  @Test
  void factsComeFromTheEnvironment() {
    GatewayClients.Facts facts =
        FrontendProcess.facts(
            Map.of(
                "BUILDKIT_FRONTEND_OPT_0", "filename=a=b",
                "BUILDKIT_FRONTEND_OPT_1", "no-cache=",
                "BUILDKIT_FRONTEND_OPT_2", "bare",
                "BUILDKIT_SESSION_ID", "s",
                "BUILDKIT_EXPORTEDPRODUCT", "p",
                "BUILDKIT_WORKERS",
                    "[{\"ID\":\"w\",\"Labels\":{\"l\":\"v\"},\"Platforms\":[{\"architecture\":\"arm\",\"os\":\"linux\",\"variant\":\"v7\"}]}]"));
    assertThat(facts.options()).isEqualTo(Map.of("filename", "a=b", "no-cache", "", "bare", ""));
    assertThat(facts.sessionId()).isEqualTo("s");
    assertThat(facts.workers().get(0).labels()).containsEntry("l", "v");
    assertThat(facts.workers().get(0).platforms().get(0).format()).isEqualTo("linux/arm/v7");
  }
}
