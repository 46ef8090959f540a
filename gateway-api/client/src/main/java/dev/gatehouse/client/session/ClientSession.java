package dev.gatehouse.client.session;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.FrontendException.Category;
import dev.gatehouse.frontend.server.Ids;
import dev.gatehouse.frontend.server.Statuses;
import dev.gatehouse.frontend.transport.RpcChannel;
import dev.gatehouse.frontend.transport.RpcException;
import dev.gatehouse.frontend.transport.RpcServer;
import dev.gatehouse.frontend.transport.RpcService;
import dev.gatehouse.frontend.transport.RpcStream;
import dev.gatehouse.frontend.transport.StreamSocket;
import dev.gatehouse.protocol.control.BytesMessage;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A session: services of this client that the daemon calls, over a stream that this client opened.
 */
public final class ClientSession implements AutoCloseable {
  private final String id;
  private final RpcServer server;

  private ClientSession(String id, RpcServer server) {
    this.id = id;
    this.server = server;
  }

  /**
   * Opens a session.
   *
   * @param sharedKey see {@link dev.gatehouse.client.BuildRequest#sharedKey()}
   */
  public static ClientSession open(RpcChannel channel, String sharedKey, List<RpcService> services)
      throws FrontendException {
    String id = Ids.random();
    List<String> methods =
        new ArrayList<>(List.of("/grpc.health.v1.Health/Check", "/grpc.health.v1.Health/Watch"));
    for (RpcService service : services) {
      service
          .methods()
          .keySet()
          .forEach(method -> methods.add("/" + service.name() + "/" + method));
    }
    try {
      RpcStream stream =
          channel.open(
              "/moby.buildkit.v1.Control/Session",
              Map.of(
                  "x-docker-expose-session-uuid",
                  List.of(id),
                  "x-docker-expose-session-sharedkey",
                  List.of(sharedKey),
                  "x-docker-expose-session-grpc-method",
                  methods));
      RpcServer server =
          RpcServer.start(
              new StreamSocket(new In(stream), new Out(stream), stream::close), services);
      return new ClientSession(id, server);
    } catch (RpcException e) {
      throw Statuses.fromRpc(e);
    } catch (IOException e) {
      throw FrontendException.builder(
              Category.ENVIRONMENT, "the session cannot be opened: " + e.getMessage())
          .cause(e)
          .build();
    }
  }

  /** Names the session in the requests of a build. */
  public String id() {
    return id;
  }

  @Override
  public void close() {
    server.close();
  }

  private static final class In extends InputStream {
    private final RpcStream stream;
    private byte[] bytes = new byte[0];
    private int at;

    In(RpcStream stream) {
      this.stream = stream;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      try {
        while (at == bytes.length) {
          byte[] message = stream.receive();
          if (message == null) {
            return -1;
          }
          bytes = BytesMessage.parseFrom(message).getData().toByteArray();
          at = 0;
        }
      } catch (RpcException e) {
        throw new IOException(e.getMessage(), e);
      } catch (InvalidProtocolBufferException e) {
        throw new IOException("the session's tunnel carries something else: " + e.getMessage(), e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted");
      }
      int n = Math.min(length, bytes.length - at);
      System.arraycopy(bytes, at, into, offset, n);
      at += n;
      return n;
    }
  }

  private static final class Out extends OutputStream {
    private static final int CHUNK = 1 << 20;
    private final RpcStream stream;

    Out(RpcStream stream) {
      this.stream = stream;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      try {
        for (int at = offset; at < offset + length; at += CHUNK) {
          int n = Math.min(CHUNK, offset + length - at);
          stream.send(
              BytesMessage.newBuilder()
                  .setData(ByteString.copyFrom(bytes, at, n))
                  .build()
                  .toByteArray());
        }
      } catch (RpcException e) {
        throw new IOException(e.getMessage(), e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted");
      }
    }

    @Override
    public void close() throws IOException {
      try {
        stream.closeSend();
      } catch (RpcException e) {
        throw new IOException(e.getMessage(), e);
      }
    }
  }
}
