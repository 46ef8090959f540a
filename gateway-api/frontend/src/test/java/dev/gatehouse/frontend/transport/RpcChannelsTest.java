package dev.gatehouse.frontend.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.gatehouse.frontend.StatusCode;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import jdk.net.ExtendedSocketOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What ends a call that nobody answers: no deadline, but the loss of the connection. */
@Timeout(120)
class RpcChannelsTest {
  /** A service that gives no answer. */
  private record Waiting(CountDownLatch called) implements RpcService {
    @Override
    public String name() {
      return "a.B";
    }

    @Override
    public Map<String, Kind> methods() {
      return Map.of("Wait", Kind.UNARY);
    }

    @Override
    public byte[] call(String method, byte[] request, Map<String, List<String>> metadata)
        throws InterruptedException {
      called.countDown();
      new CountDownLatch(1).await();
      return request;
    }

    @Override
    public void stream(String method, RpcStream stream, Map<String, List<String>> metadata) {
      throw new AssertionError(method);
    }
  }

  @Test
  void theEndOfTheConnectionEndsACallThatWaits() throws Exception {
    CountDownLatch called = new CountDownLatch(1);
    PipePair pipes = PipePair.open();
    try (RpcServer server = RpcServer.start(pipes.server(), List.of(new Waiting(called)));
        RpcChannel channel = RpcChannels.over(pipes.client())) {
      Thread end =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  called.await();
                  pipes.server().close();
                } catch (Exception e) {
                  throw new AssertionError(e);
                }
              });
      RpcException e =
          catchThrowableOfType(RpcException.class, () -> channel.call("/a.B/Wait", new byte[0]));
      assertThat(e.status()).isEqualTo(StatusCode.UNAVAILABLE);
      end.join();
    }
  }

  @Test
  void aSilentMachineIsAskedForSignsOfLife() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Socket socket = new Socket(server.getInetAddress(), server.getLocalPort())) {
      TcpKeepAlive.enable(socket);
      assertThat(socket.getKeepAlive()).isTrue();
      if (socket.supportedOptions().contains(ExtendedSocketOptions.TCP_KEEPIDLE)) {
        assertThat(socket.getOption(ExtendedSocketOptions.TCP_KEEPIDLE)).isEqualTo(15);
        assertThat(socket.getOption(ExtendedSocketOptions.TCP_KEEPINTERVAL)).isEqualTo(15);
        assertThat(socket.getOption(ExtendedSocketOptions.TCP_KEEPCOUNT)).isEqualTo(9);
      }
    }
  }
}
