package dev.gatehouse.daemon.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.daemon.transport.ListenAddress;
import dev.gatehouse.daemon.transport.Listener;
import dev.gatehouse.frontend.StatusCode;
import dev.gatehouse.frontend.transport.RpcChannel;
import dev.gatehouse.frontend.transport.RpcChannels;
import dev.gatehouse.frontend.transport.RpcException;
import dev.gatehouse.frontend.transport.RpcServer;
import dev.gatehouse.frontend.transport.RpcService;
import dev.gatehouse.frontend.transport.RpcStream;
import dev.gatehouse.frontend.transport.StreamSocket;
import dev.gatehouse.protocol.control.BytesMessage;
import dev.gatehouse.solver.worker.session.MessageStream;
import dev.gatehouse.solver.worker.session.SessionCallException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A client's services called through the tunnel, over a real unix socket. */
@Timeout(120)
class SessionTunnelTest {
  @TempDir Path dir;

  private final SessionRegistry sessions = new SessionRegistry();
  private Listener listener;
  private RpcChannel control;
  private RpcStream tunnel;
  private RpcServer client;

  @BeforeEach
  void listen() throws Exception {
    Path path = dir.resolve("d.sock");
    listener =
        Listener.start(new ListenAddress.Unix(path), null, null, null, List.of(new ControlStub()));
    control =
        RpcChannels.connecting(
            () -> {
              SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(path));
              return new StreamSocket(
                  Channels.newInputStream(channel), Channels.newOutputStream(channel), channel);
            },
            "localhost");
  }

  @AfterEach
  void close() throws IOException {
    if (client != null) {
      client.close();
    }
    control.close();
    listener.close();
  }

  private void openSession(String id) throws Exception {
    tunnel =
        control.open(
            "/moby.buildkit.v1.Control/Session",
            Map.of(
                "x-docker-expose-session-uuid", List.of(id),
                "x-docker-expose-session-sharedkey", List.of("key"),
                "x-docker-expose-session-grpc-method",
                    List.of("/test.Echo/Call", "/test.Echo/Stream")));
    StreamPair pair = new StreamPair(tunnel);
    client =
        RpcServer.start(new StreamSocket(pair.input(), pair.output()), List.of(new EchoService()));
  }

  @Test
  void callsReachTheClient() throws Exception {
    openSession("s1");

    TunnelSession session = sessions.await("prefix:s1", Duration.ofSeconds(60));

    assertThat(session.sharedKey()).isEqualTo("key");
    assertThat(session.supports("/test.echo/CALL")).isTrue();
    assertThat(session.supports("/test.Echo/Other")).isFalse();
    assertThat(session.call("/test.Echo/Call", bytes("hello"))).isEqualTo(bytes("hello"));
    assertThatThrownBy(() -> session.call("/test.Echo/Call", bytes("fail")))
        .isInstanceOf(SessionCallException.class)
        .hasMessage("you asked for it")
        .extracting(e -> ((SessionCallException) e).status())
        .isEqualTo(SessionCallException.Status.NOT_FOUND);
  }

  @Test
  void theDaemonGreetsAtOnceAndComplainsToNobodyWhoLeaves() throws Exception {
    tunnel =
        control.open(
            "/moby.buildkit.v1.Control/Session",
            Map.of("x-docker-expose-session-uuid", List.of("s1")));
    ByteArrayOutputStream heard = new ByteArrayOutputStream();
    while (heard.size() < 24 + 9) {
      heard.write(BytesMessage.parseFrom(tunnel.receive()).getData().toByteArray());
    }
    assertThat(heard.toString(StandardCharsets.ISO_8859_1))
        .startsWith("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

    tunnel.closeSend();
    byte[] message;
    while ((message = tunnel.receive()) != null) {
      heard.write(BytesMessage.parseFrom(message).getData().toByteArray());
    }

    ByteBuffer frames = ByteBuffer.wrap(heard.toByteArray()).position(24);
    while (frames.remaining() >= 9) {
      int length = (frames.get() & 0xff) << 16 | frames.getShort() & 0xffff;
      assertThat(frames.get()).as("a frame's type").isNotEqualTo((byte) 7 /* GOAWAY */);
      frames.position(frames.position() + 5 + length);
    }
    assertThat(frames.hasRemaining()).isFalse();
  }

  @Test
  void streamsCarryLargeMessagesSideBySide() throws Exception {
    openSession("s1");
    TunnelSession session = sessions.await("s1", Duration.ofSeconds(60));
    byte[] large = new byte[3 << 20];
    large[large.length - 1] = 7;
    List<Future<byte[]>> answers = new ArrayList<>();

    try (ExecutorService tasks = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 8; i++) {
        answers.add(
            tasks.submit(() -> {
              try (MessageStream stream = session.open("/test.Echo/Stream", Map.of())) {
                stream.send(large);
                byte[] answer = stream.receive();
                stream.closeSend();
                assertThat(stream.receive()).isNull();
                return answer;
              }
            }));
      }
    }

    for (Future<byte[]> answer : answers) {
      assertThat(answer.get()).isEqualTo(large);
    }
  }

  @Test
  void aClientThatGoesClosesItsSession() throws Exception {
    openSession("s1");
    TunnelSession session = sessions.await("s1", Duration.ofSeconds(60));
    session.call("/test.Echo/Call", bytes("x"));
    CountDownLatch closed = new CountDownLatch(1);
    session.onClose(closed::countDown);

    control.close();

    assertThat(closed.await(60, TimeUnit.SECONDS)).isTrue();
    assertThat(sessions.find("s1")).isNull();
    assertThatThrownBy(() -> session.call("/test.Echo/Call", bytes("x")))
        .isInstanceOf(IOException.class)
        .hasMessage("session s1 closed by its client");
  }

  @Test
  void aSessionThatDoesNotComeIsAnError() {
    assertThatThrownBy(() -> sessions.await("nobody", Duration.ofMillis(50)))
        .hasMessage("no active session for nobody: context deadline exceeded");
  }

  @Test
  void anIdIsOpenOnce() throws Exception {
    openSession("s1");
    sessions.await("s1", Duration.ofSeconds(60));

    try (RpcStream second =
        control.open(
            "/moby.buildkit.v1.Control/Session",
            Map.of("x-docker-expose-session-uuid", List.of("s1")))) {
      assertThatThrownBy(second::receive)
          .isInstanceOf(RpcException.class)
          .hasMessage("session s1 already exists");
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private final class ControlStub implements RpcService {
    @Override
    public String name() {
      return "moby.buildkit.v1.Control";
    }

    @Override
    public Map<String, Kind> methods() {
      return Map.of("Session", Kind.STREAM);
    }

    @Override
    public byte[] call(String method, byte[] request, Map<String, List<String>> metadata) {
      throw new AssertionError();
    }

    @Override
    public void stream(String method, RpcStream stream, Map<String, List<String>> metadata)
        throws RpcException, InterruptedException {
      SessionTunnel.serve(stream, metadata, sessions);
    }
  }

  private static final class EchoService implements RpcService {
    @Override
    public String name() {
      return "test.Echo";
    }

    @Override
    public Map<String, Kind> methods() {
      return Map.of("Call", Kind.UNARY, "Stream", Kind.STREAM);
    }

    @Override
    public byte[] call(String method, byte[] request, Map<String, List<String>> metadata)
        throws RpcException {
      if (new String(request, StandardCharsets.UTF_8).equals("fail")) {
        throw new RpcException(StatusCode.NOT_FOUND, "you asked for it");
      }
      return request;
    }

    @Override
    public void stream(String method, RpcStream stream, Map<String, List<String>> metadata)
        throws RpcException, InterruptedException {
      for (byte[] m = stream.receive(); m != null; m = stream.receive()) {
        stream.send(m);
      }
    }
  }
}
