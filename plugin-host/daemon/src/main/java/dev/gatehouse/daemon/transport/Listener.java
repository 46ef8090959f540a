package dev.gatehouse.daemon.transport;

import dev.gatehouse.frontend.transport.RpcServer;
import dev.gatehouse.frontend.transport.RpcService;
import dev.gatehouse.frontend.transport.TcpKeepAlive;
import java.io.Closeable;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Accepts connections at one address and serves gRPC on each of them. */
public final class Listener implements Closeable {
  private static final Logger log = LoggerFactory.getLogger(Listener.class);

  /** After a connection that could not be accepted. */
  private static final Duration PAUSE = Duration.ofMillis(100);

  private final ListenAddress address;
  private final ServerSocket socket;
  private final Collection<? extends RpcService> services;
  private final Set<RpcServer> connections = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  private Listener(
      ListenAddress address, ServerSocket socket, Collection<? extends RpcService> services) {
    this.address = address;
    this.socket = socket;
    this.services = List.copyOf(services);
  }

  /**
   * Listens.
   *
   * @param uid owner of a unix socket, null for the daemon's
   * @param gid group of a unix socket, null for the daemon's
   * @param tls what makes TCP connections secure, null for plain ones; unix sockets are always
   *     plain
   */
  public static Listener start(
      ListenAddress address,
      @Nullable Integer uid,
      @Nullable Integer gid,
      @Nullable TlsServer tls,
      Collection<? extends RpcService> services)
      throws IOException {
    ServerSocket socket =
        switch (address) {
          case ListenAddress.Unix unix -> {
            UnixServerSocket server = new UnixServerSocket(unix.path(), uid, gid);
            server.bind(null);
            yield server;
          }
          case ListenAddress.Tcp tcp -> {
            ServerSocket server = tls == null ? new ServerSocket() : tls.serverSocket();
            server.setReuseAddress(true);
            server.bind(tcp.socketAddress(), 128);
            yield server;
          }
        };
    return accepting(address, socket, services);
  }

  static Listener accepting(
      ListenAddress address, ServerSocket socket, Collection<? extends RpcService> services) {
    Listener listener = new Listener(address, socket, services);
    Thread.ofPlatform().name("listen " + address).daemon().start(listener::accept);
    return listener;
  }

  /** Where it listens, with the port that was chosen where 0 was asked for. */
  public ListenAddress address() {
    return address instanceof ListenAddress.Tcp tcp
        ? new ListenAddress.Tcp(tcp.host(), socket.getLocalPort())
        : address;
  }

  private void accept() {
    while (!closed) {
      try {
        Socket connection = socket.accept();
        Thread.ofVirtual().name("connection on " + address).start(() -> serve(connection));
      } catch (IOException e) {
        if (closed) {
          return;
        }
        // Such as too many open files, which passes.
        log.warn("a connection on {} was not accepted", address, e);
        pause();
      }
    }
  }

  private static void pause() {
    try {
      Thread.sleep(PAUSE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void serve(Socket connection) {
    try (connection) {
      if (address instanceof ListenAddress.Tcp) {
        TcpKeepAlive.enable(connection);
      }
      serveUntilItEnds(connection);
    } catch (IOException e) {
      log.debug("a connection on {} ended", address, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void serveUntilItEnds(Socket connection) throws IOException, InterruptedException {
    try (RpcServer server = RpcServer.start(connection, services)) {
      connections.add(server);
      try {
        if (!closed) {
          server.awaitEnd();
        }
      } finally {
        connections.remove(server);
      }
    }
  }

  /** Accepts no more connections; those there are go on. */
  public void stopAccepting() throws IOException {
    closed = true;
    socket.close();
  }

  @Override
  public void close() throws IOException {
    stopAccepting();
    connections.forEach(RpcServer::close);
  }

  /** A server socket whose connections negotiate HTTP/2. */
  static void configure(SSLServerSocket server, boolean clientCertificates) {
    SSLParameters parameters = server.getSSLParameters();
    parameters.setApplicationProtocols(new String[] {"h2"});
    parameters.setProtocols(new String[] {"TLSv1.3", "TLSv1.2"});
    parameters.setNeedClientAuth(clientCertificates);
    server.setSSLParameters(parameters);
  }
}
