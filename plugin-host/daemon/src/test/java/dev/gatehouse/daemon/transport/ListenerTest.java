package dev.gatehouse.daemon.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.frontend.transport.RpcChannel;
import dev.gatehouse.frontend.transport.RpcChannels;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class ListenerTest {
  /** A machine that has no file descriptors left for a while. */
  private static final class Exhausted extends ServerSocket {
    final AtomicInteger failures = new AtomicInteger();

    Exhausted() throws IOException {
      super();
    }

    @Override
    public Socket accept() throws IOException {
      if (failures.incrementAndGet() <= 3) {
        throw new SocketException("Too many open files");
      }
      return super.accept();
    }
  }

  @Test
  void aConnectionThatCannotBeAcceptedIsNotTheLast() throws Exception {
    InetAddress loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
    Exhausted socket = new Exhausted();
    socket.bind(new InetSocketAddress(loopback, 0));
    try (Listener listener =
            Listener.accepting(new ListenAddress.Tcp("127.0.0.1", 0), socket, List.of());
        RpcChannel channel =
            RpcChannels.connecting(
                () -> new Socket(loopback, socket.getLocalPort()), "127.0.0.1")) {
      assertThat(channel.call("/grpc.health.v1.Health/Check", new byte[0]))
          .isEqualTo(new byte[] {8, 1});
      assertThat(socket.failures.get()).isGreaterThan(3);
      assertThat(listener.address())
          .isEqualTo(new ListenAddress.Tcp("127.0.0.1", socket.getLocalPort()));
    }
  }
}
