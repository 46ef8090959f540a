package dev.gatehouse.frontend.transport;

import dev.gatehouse.frontend.StatusCode;
import io.grpc.Attributes;
import io.grpc.InsecureServerCredentials;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServerTransportFilter;
import io.grpc.Status;
import io.grpc.okhttp.OkHttpServerBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ServerSocketFactory;
import org.jspecify.annotations.Nullable;

/** A server of grpc-okhttp over one connected socket. */
final class GrpcServer implements RpcServer {
  /** Calls of one connection at once, each with a thread; more wait at their sender's end. */
  private static final int MAX_CALLS = 1000;

  private final Server server;
  private final Socket socket;
  private final CountDownLatch end;

  private GrpcServer(Server server, Socket socket, CountDownLatch end) {
    this.server = server;
    this.socket = socket;
    this.end = end;
  }

  static RpcServer start(
      Socket socket, Collection<? extends RpcService> services, Executor executor)
      throws IOException {
    CountDownLatch end = new CountDownLatch(1);
    OkHttpServerBuilder builder =
        OkHttpServerBuilder.forPort(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 1),
                InsecureServerCredentials.create())
            .socketFactory(new OneSocketFactory(PingFilter.wrap(socket, true)))
            .directExecutor()
            .flowControlWindow(1 << 20)
            .maxConcurrentCallsPerConnection(MAX_CALLS)
            // Go's clients ping as data trickles in, to measure the path; more often than grpc-java
            // thinks proper when a lot was queued at once. It would end the connection.
            .permitKeepAliveTime(0, TimeUnit.NANOSECONDS)
            .permitKeepAliveWithoutCalls(true)
            .maxInboundMessageSize(RpcChannel.MAX_MESSAGE)
            .maxInboundMetadataSize(RpcChannel.MAX_MESSAGE)
            .addTransportFilter(
                new ServerTransportFilter() {
                  @Override
                  public void transportTerminated(@Nullable Attributes attributes) {
                    end.countDown();
                  }
                });
    for (RpcService service : services) {
      builder.addService(bind(service, executor));
    }
    builder.addService(bind(new HealthService(), executor));
    Server server = builder.build().start();
    return new GrpcServer(server, socket, end);
  }

  @Override
  public void awaitEnd() throws InterruptedException {
    end.await();
  }

  @Override
  public boolean ended() {
    return end.getCount() == 0;
  }

  @Override
  public void close() {
    server.shutdownNow();
    try {
      socket.close();
    } catch (IOException ignored) {
      // It is gone either way.
    }
    end.countDown();
  }

  static ServerServiceDefinition bind(RpcService service, Executor executor) {
    ServerServiceDefinition.Builder builder = ServerServiceDefinition.builder(service.name());
    service
        .methods()
        .forEach((name, kind) -> {
          MethodDescriptor<byte[], byte[]> method =
              Bytes.method(
                  service.name() + "/" + name,
                  kind == RpcService.Kind.UNARY ? MethodType.UNARY : MethodType.BIDI_STREAMING);
          builder.addMethod(method, new Handler(service, name, kind, executor));
        });
    return builder.build();
  }

  private record Handler(RpcService service, String method, RpcService.Kind kind, Executor executor)
      implements ServerCallHandler<byte[], byte[]> {
    @Override
    public ServerCall.Listener<byte[]> startCall(
        ServerCall<byte[], byte[]> call, Metadata headers) {
      Call running = new Call(call);
      call.request(Inbox.WINDOW);
      executor.execute(() -> running.run(this, Bytes.metadata(headers)));
      return running.listener;
    }
  }

  /**
   * One call: the listener fills the inbox on the transport's thread, a task of its own does the
   * work.
   */
  private static final class Call implements RpcStream {
    private final ServerCall<byte[], byte[]> call;
    private final Inbox inbox;
    private final AtomicReference<@Nullable Thread> worker = new AtomicReference<>();
    private boolean headersSent; // guarded by call
    private boolean closed; // guarded by call
    private volatile boolean cancelled;

    final ServerCall.Listener<byte[]> listener =
        new ServerCall.Listener<>() {
          @Override
          public void onMessage(byte[] message) {
            inbox.add(message);
          }

          @Override
          public void onHalfClose() {
            inbox.endInput();
          }

          @Override
          public void onReady() {
            inbox.ready();
          }

          @Override
          public void onCancel() {
            cancelled = true;
            inbox.end(new RpcException(StatusCode.CANCELLED, "the caller has gone"));
            synchronized (worker) {
              Thread thread = worker.get();
              if (thread != null) {
                thread.interrupt();
              }
            }
          }
        };

    Call(ServerCall<byte[], byte[]> call) {
      this.call = call;
      this.inbox = new Inbox(call::request);
    }

    void run(Handler handler, Map<String, List<String>> metadata) {
      synchronized (worker) {
        if (cancelled) {
          return;
        }
        worker.set(Thread.currentThread());
      }
      Status status;
      Metadata trailers = new Metadata();
      try {
        if (handler.kind() == RpcService.Kind.UNARY) {
          byte[] request = inbox.take();
          if (request == null) {
            throw new RpcException(StatusCode.INVALID_ARGUMENT, "the request is missing");
          }
          send(handler.service().call(handler.method(), request, metadata));
        } else {
          handler.service().stream(handler.method(), this, metadata);
        }
        status = Status.OK;
      } catch (RpcException e) {
        status = Bytes.status(e);
        if (e.details().length > 0) {
          trailers.put(Bytes.DETAILS, e.details());
        }
      } catch (InterruptedException e) {
        status = Status.CANCELLED.withDescription("cancelled");
      } catch (RuntimeException | Error e) {
        status =
            Status.INTERNAL.withDescription(
                handler.service().name() + "/" + handler.method() + " failed: " + e);
      }
      synchronized (worker) {
        worker.set(null);
        // The thread may be a pooled one: what was meant for this call must not hit the next.
        Thread.interrupted();
      }
      finish(status, trailers);
    }

    private void finish(Status status, Metadata trailers) {
      if (cancelled) {
        return;
      }
      inbox.end(new RpcException(StatusCode.CANCELLED, "the call is over"));
      try {
        synchronized (call) {
          if (!headersSent && status.isOk()) {
            headersSent = true;
            call.sendHeaders(new Metadata());
          }
          closed = true;
          call.close(status, trailers);
        }
      } catch (IllegalStateException e) {
        if (!call.isCancelled()) {
          throw e;
        }
      }
    }

    @Override
    public void send(byte[] message) throws RpcException, InterruptedException {
      Bytes.checkSize(message);
      synchronized (call) {
        if (closed) {
          throw new RpcException(StatusCode.CANCELLED, "the call is over");
        }
        if (!headersSent) {
          headersSent = true;
          call.sendHeaders(new Metadata());
        }
      }
      inbox.awaitReady(() -> call.isReady() || call.isCancelled(), true);
      synchronized (call) {
        if (closed) {
          throw new RpcException(StatusCode.CANCELLED, "the call is over");
        }
        call.sendMessage(message);
      }
    }

    @Override
    public void closeSend() {
      // A server's end closes with its status, when the method returns.
    }

    @Override
    public byte @Nullable [] receive() throws RpcException, InterruptedException {
      return inbox.take();
    }

    @Override
    public void close() {
      // The end of the method is the end of the call.
    }
  }

  /** Makes a server socket that accepts one socket, which is there already. */
  private static final class OneSocketFactory extends ServerSocketFactory {
    private final Socket socket;

    OneSocketFactory(Socket socket) {
      this.socket = socket;
    }

    @Override
    public ServerSocket createServerSocket() throws IOException {
      return new OneServerSocket(socket);
    }

    @Override
    public ServerSocket createServerSocket(int port) throws IOException {
      return createServerSocket();
    }

    @Override
    public ServerSocket createServerSocket(int port, int backlog) throws IOException {
      return createServerSocket();
    }

    @Override
    public ServerSocket createServerSocket(int port, int backlog, @Nullable InetAddress address)
        throws IOException {
      return createServerSocket();
    }
  }

  private static final class OneServerSocket extends ServerSocket {
    private @Nullable Socket socket; // guarded by this
    private final CountDownLatch closed = new CountDownLatch(1);

    OneServerSocket(Socket socket) throws IOException {
      this.socket = socket;
    }

    @Override
    public void bind(SocketAddress endpoint, int backlog) {}

    @Override
    public void bind(SocketAddress endpoint) {}

    @Override
    public SocketAddress getLocalSocketAddress() {
      return new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
    }

    @Override
    public Socket accept() throws IOException {
      Socket first;
      synchronized (this) {
        first = socket;
        socket = null;
      }
      if (first != null) {
        return first;
      }
      try {
        closed.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      throw new IOException("closed");
    }

    @Override
    public void close() throws IOException {
      closed.countDown();
      super.close();
    }
  }
}
