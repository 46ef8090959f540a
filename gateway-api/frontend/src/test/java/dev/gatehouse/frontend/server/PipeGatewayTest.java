package dev.gatehouse.frontend.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.frontend.Frontend;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.Result;
import dev.gatehouse.frontend.transport.PipePair;
import dev.gatehouse.frontend.transport.RpcChannel;
import dev.gatehouse.frontend.transport.RpcChannels;
import dev.gatehouse.frontend.transport.RpcServer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The gateway over HTTP/2 in a pair of pipes, as a frontend image has it. */
class PipeGatewayTest extends GatewayContract {
  @Override
  public void run(Frontend frontend, GatewayService service, GatewayClients.Facts facts)
      throws Exception {
    PipePair pipes = PipePair.open();
    try (RpcServer server = RpcServer.start(pipes.server(), List.of(service.rpc()));
        RpcChannel channel = RpcChannels.over(pipes.client())) {
      GatewayClients.run(frontend, channel, Map.of("buildid", List.of("b1")), facts);
    }
  }

  @Test
  void aServerThatIsNoGatewayIsNamed() throws Exception {
    PipePair pipes = PipePair.open();
    pipes.server().getOutputStream().write("hello, this is text on stdout\n".getBytes());
    pipes.server().getOutputStream().close();
    try (RpcChannel channel = RpcChannels.over(pipes.client())) {
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
