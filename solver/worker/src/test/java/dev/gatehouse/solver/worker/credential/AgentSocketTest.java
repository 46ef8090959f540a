package dev.gatehouse.solver.worker.credential;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.gatehouse.protocol.sshforward.BytesMessage;
import dev.gatehouse.solver.worker.session.MessageStream;
import dev.gatehouse.solver.worker.session.Session;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class AgentSocketTest {
  private Map<String, List<String>> metadata = Map.of();

  /** A client whose agent answers in capitals. */
  private final class Client implements Session {
    @Override
    public String id() {
      return "client";
    }

    @Override
    public boolean supports(String method) {
      return true;
    }

    @Override
    public byte[] call(String method, byte[] request) {
      return new byte[0];
    }

    @Override
    public MessageStream open(String method, Map<String, List<String>> given) {
      metadata = given;
      return new Agent();
    }
  }

  private static final class Agent implements MessageStream {
    private final BlockingQueue<Optional<byte[]>> queue = new ArrayBlockingQueue<>(16);

    @Override
    public void send(byte[] message) throws IOException, InterruptedException {
      String text = BytesMessage.parseFrom(message).getData().toStringUtf8();
      queue.put(
          Optional.of(
              BytesMessage.newBuilder()
                  .setData(ByteString.copyFromUtf8(text.toUpperCase(Locale.ROOT)))
                  .build()
                  .toByteArray()));
    }

    @Override
    public void closeSend() throws InterruptedException {
      queue.put(Optional.empty());
    }

    @Override
    public byte[] receive() throws InterruptedException {
      return queue.take().orElse(null);
    }

    @Override
    public void close() {
      boolean ignored = queue.offer(Optional.empty());
    }
  }

  private static String uid() throws IOException {
    return String.valueOf(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
  }

  @Test
  void connectionsAreCarriedBothWays() throws Exception {
    int uid = Integer.parseInt(uid());
    AgentSocket socket = AgentSocket.open(new Client(), "", uid, -1, 0640);
    Path path = socket.path();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
        .isEqualTo("rw-r-----");
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(path));
      channel.write(ByteBuffer.wrap("ping".getBytes(StandardCharsets.UTF_8)));
      ByteBuffer answer = ByteBuffer.allocate(4);
      while (answer.hasRemaining() && channel.read(answer) >= 0) {
        // the whole answer
      }
      assertThat(new String(answer.array(), StandardCharsets.UTF_8)).isEqualTo("PING");
      assertThat(metadata).containsEntry("buildkit.ssh.id", List.of("default"));
      channel.shutdownOutput();
      assertThat(channel.read(ByteBuffer.allocate(1))).isEqualTo(-1);
    }
    socket.close();
    assertThat(path.getParent()).doesNotExist();
  }

  @Test
  void closingEndsOpenConnections() throws Exception {
    AgentSocket socket = AgentSocket.open(new Client(), "mine", Integer.parseInt(uid()), -1, 0600);
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(socket.path()));
      channel.write(ByteBuffer.wrap("x".getBytes(StandardCharsets.UTF_8)));
      channel.read(ByteBuffer.allocate(1));
      socket.close();
      assertThat(channel.read(ByteBuffer.allocate(1))).isEqualTo(-1);
    }
  }
}
