package dev.gatehouse.client;

import com.google.protobuf.ByteString;
import dev.gatehouse.frontend.transport.RpcChannel;
import dev.gatehouse.frontend.transport.RpcChannels;
import dev.gatehouse.frontend.transport.RpcException;
import dev.gatehouse.frontend.transport.RpcServer;
import dev.gatehouse.frontend.transport.RpcService;
import dev.gatehouse.frontend.transport.RpcStream;
import dev.gatehouse.frontend.transport.StreamSocket;
import dev.gatehouse.protocol.control.BytesMessage;
import dev.gatehouse.protocol.control.SolveRequest;
import dev.gatehouse.protocol.control.SolveResponse;
import dev.gatehouse.protocol.control.StatusResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.Pipe;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;

/** A daemon whose Solve is written in the test and can call back into the client's session. */
public final class FakeDaemon implements AutoCloseable, RpcService {
  /** What a build does. */
  public interface Solver {
    SolveResponse solve(SolveRequest request, RpcChannel session) throws Exception;
  }

  private final Solver solver;
  private final RpcServer server;
  private final RpcChannel client;
  private final Map<String, CompletableFuture<RpcChannel>> sessions = new ConcurrentHashMap<>();
  private final BlockingQueue<StatusResponse> statuses = new LinkedBlockingQueue<>();
  final List<SolveRequest> requests = new ArrayList<>();
  public volatile List<String> sessionMethods = List.of();
  public volatile String sharedKey = "";
  final Map<String, byte[]> answers = new ConcurrentHashMap<>();

  public FakeDaemon(Solver solver) throws IOException {
    this.solver = solver;
    Pipe in = Pipe.open();
    Pipe out = Pipe.open();
    server =
        RpcServer.start(
            new StreamSocket(
                Channels.newInputStream(out.source()), Channels.newOutputStream(in.sink())),
            List.of(this));
    client =
        RpcChannels.over(
            new StreamSocket(
                Channels.newInputStream(in.source()), Channels.newOutputStream(out.sink())));
  }

  public BuildClient connect() {
    return BuildClient.over(client);
  }

  void status(StatusResponse response) {
    statuses.add(response);
  }

  @Override
  public String name() {
    return "moby.buildkit.v1.Control";
  }

  @Override
  public Map<String, Kind> methods() {
    return Map.of(
        "Solve",
        Kind.UNARY,
        "Status",
        Kind.STREAM,
        "Session",
        Kind.STREAM,
        "DiskUsage",
        Kind.UNARY,
        "ListWorkers",
        Kind.UNARY,
        "Info",
        Kind.UNARY,
        "Prune",
        Kind.STREAM);
  }

  @Override
  public byte[] call(String method, byte[] request, Map<String, List<String>> metadata)
      throws RpcException, InterruptedException {
    if (!method.equals("Solve")) {
      return answers.get(method);
    }
    try {
      SolveRequest solve = SolveRequest.parseFrom(request);
      requests.add(solve);
      RpcChannel session =
          sessions.computeIfAbsent(solve.getSession(), k -> new CompletableFuture<>()).get();
      return solver.solve(solve, session).toByteArray();
    } catch (RpcException | InterruptedException e) {
      throw e;
    } catch (Exception e) {
      throw new RuntimeException(e);
    }
  }

  @Override
  public void stream(String method, RpcStream stream, Map<String, List<String>> metadata)
      throws RpcException, InterruptedException {
    if (method.equals("Status")) {
      stream.receive();
      StatusResponse status;
      while ((status = statuses.poll()) != null) {
        stream.send(status.toByteArray());
      }
      return;
    }
    if (method.equals("Prune")) {
      stream.receive();
      stream.send(answers.get("Prune"));
      return;
    }
    sessionMethods = metadata.get("x-docker-expose-session-grpc-method");
    sharedKey = metadata.get("x-docker-expose-session-sharedkey").get(0);
    RpcChannel channel =
        RpcChannels.over(new StreamSocket(new TunnelIn(stream), new TunnelOut(stream)));
    sessions
        .computeIfAbsent(
            metadata.get("x-docker-expose-session-uuid").get(0), k -> new CompletableFuture<>())
        .complete(channel);
    try {
      Thread.sleep(Long.MAX_VALUE); // until the client closes it
    } finally {
      channel.close();
    }
  }

  private static final class TunnelIn extends InputStream {
    private final RpcStream stream;
    private byte[] bytes = {};
    private int at;

    TunnelIn(RpcStream stream) {
      this.stream = stream;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      try {
        while (at == bytes.length) {
          byte[] message = stream.receive();
          if (message == null) {
            return -1;
          }
          bytes = BytesMessage.parseFrom(message).getData().toByteArray();
          at = 0;
        }
      } catch (RpcException | InterruptedException e) {
        throw new IOException(e);
      }
      int n = Math.min(length, bytes.length - at);
      System.arraycopy(bytes, at, into, offset, n);
      at += n;
      return n;
    }
  }

  private static final class TunnelOut extends OutputStream {
    private final RpcStream stream;

    TunnelOut(RpcStream stream) {
      this.stream = stream;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      try {
        stream.send(
            BytesMessage.newBuilder()
                .setData(ByteString.copyFrom(bytes, offset, length))
                .build()
                .toByteArray());
      } catch (RpcException | InterruptedException e) {
        throw new IOException(e);
      }
    }
  }

  @Override
  public void close() {
    client.close();
    server.close();
  }
}
