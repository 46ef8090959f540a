package dev.gatehouse.frontend.transport;

import dev.gatehouse.frontend.StatusCode;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.grpc.okhttp.OkHttpChannelBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.net.SocketFactory;
import org.jspecify.annotations.Nullable;

/** A channel of grpc-okhttp. */
final class GrpcChannel implements RpcChannel {
  private final ManagedChannel channel;

  private GrpcChannel(ManagedChannel channel) {
    this.channel = channel;
  }

  static GrpcChannel open(RpcChannels.Connector connector, String authority) {
    // An address literal: no resolver is asked, which a container without network may not have.
    return new GrpcChannel(
        OkHttpChannelBuilder.forAddress("127.0.0.1", 1)
            .usePlaintext()
            .socketFactory(new ConnectorSocketFactory(connector))
            .overrideAuthority(authority)
            .proxyDetector(address -> null)
            .directExecutor()
            .disableRetry()
            .disableServiceConfigLookUp()
            .idleTimeout(3650, TimeUnit.DAYS)
            .flowControlWindow(1 << 20)
            .maxInboundMessageSize(MAX_MESSAGE)
            .maxInboundMetadataSize(MAX_MESSAGE)
            .build());
  }

  @Override
  public void connect() {
    channel.getState(true);
  }

  @Override
  public byte[] call(String method, byte[] request, Map<String, List<String>> metadata)
      throws RpcException, InterruptedException {
    Bytes.checkSize(request);
    Stream stream = start(method, MethodType.UNARY, metadata);
    try {
      stream.call.sendMessage(request);
      stream.call.halfClose();
      return stream.receiveOnly(method);
    } finally {
      stream.close();
    }
  }

  @Override
  public RpcStream open(String method, Map<String, List<String>> metadata) {
    return start(method, MethodType.BIDI_STREAMING, metadata);
  }

  private Stream start(String method, MethodType type, Map<String, List<String>> metadata) {
    ClientCall<byte[], byte[]> call =
        channel.newCall(
            Bytes.method(method.startsWith("/") ? method.substring(1) : method, type),
            CallOptions.DEFAULT);
    Stream stream = new Stream(call);
    call.start(stream.listener, Bytes.metadata(metadata));
    call.request(Inbox.WINDOW);
    return stream;
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }

  private static final class Stream implements RpcStream {
    final ClientCall<byte[], byte[]> call;
    final Inbox inbox;
    private boolean halfClosed; // guarded by call
    final ClientCall.Listener<byte[]> listener =
        new ClientCall.Listener<>() {
          @Override
          public void onMessage(byte[] message) {
            inbox.add(message);
          }

          @Override
          public void onReady() {
            inbox.ready();
          }

          @Override
          public void onClose(Status status, Metadata trailers) {
            inbox.end(status.isOk() ? null : Bytes.failure(status, trailers));
          }
        };

    Stream(ClientCall<byte[], byte[]> call) {
      this.call = call;
      this.inbox = new Inbox(call::request);
    }

    @Override
    public void send(byte[] message) throws RpcException, InterruptedException {
      Bytes.checkSize(message);
      inbox.awaitReady(call::isReady, true);
      synchronized (call) {
        if (halfClosed) {
          throw new RpcException(StatusCode.CANCELLED, "the call is closed for sending");
        }
        call.sendMessage(message);
      }
    }

    @Override
    public void closeSend() {
      synchronized (call) {
        if (!halfClosed) {
          halfClosed = true;
          call.halfClose();
        }
      }
    }

    @Override
    public byte @Nullable [] receive() throws RpcException, InterruptedException {
      return inbox.take();
    }

    @Override
    public void close() {
      synchronized (call) {
        halfClosed = true;
      }
      if (!inbox.ended()) {
        call.cancel("closed by the caller", null);
      }
    }
  }

  /** Makes sockets through a connector; the address that gRPC asks for means nothing. */
  private static final class ConnectorSocketFactory extends SocketFactory {
    private final RpcChannels.Connector connector;

    ConnectorSocketFactory(RpcChannels.Connector connector) {
      this.connector = connector;
    }

    @Override
    public Socket createSocket() throws IOException {
      return PingFilter.wrap(connector.connect(), false);
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
      return PingFilter.wrap(connector.connect(), false);
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress localHost, int localPort)
        throws IOException {
      return PingFilter.wrap(connector.connect(), false);
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
      return PingFilter.wrap(connector.connect(), false);
    }

    @Override
    public Socket createSocket(
        InetAddress address, int port, InetAddress localAddress, int localPort) throws IOException {
      return PingFilter.wrap(connector.connect(), false);
    }
  }
}
