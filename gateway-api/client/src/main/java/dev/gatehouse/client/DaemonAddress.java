package dev.gatehouse.client;

import java.net.URI;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where a daemon listens.
 *
 * @param socketOrNull a unix socket
 * @param host of a TCP address, empty for a unix socket
 * @param port of a TCP address
 * @param tlsOrNull keys for TLS; without them a TCP connection is in plain text
 */
public record DaemonAddress(
    @Nullable Path socketOrNull, String host, int port, @Nullable Tls tlsOrNull) {

  /** What BuildKit's clients connect to by default. */
  public static final String DEFAULT = "unix:///run/buildkit/buildkitd.sock";

  /**
   * Files in PEM.
   *
   * @param authorityOrNull whom to trust; absent for the system's authorities
   * @param certificateOrNull the client's own certificate, with its key
   * @param keyOrNull PKCS #8
   * @param serverName expected in the server's certificate, empty for the host
   */
  public record Tls(
      @Nullable Path authorityOrNull,
      @Nullable Path certificateOrNull,
      @Nullable Path keyOrNull,
      String serverName) {
    public Tls {
      Objects.requireNonNull(serverName, "serverName");
      if ((certificateOrNull == null) != (keyOrNull == null)) {
        throw new IllegalArgumentException("a client certificate and its key go together");
      }
    }
  }

  /**
   * Reads {@code unix:///path}, {@code unix://path} or {@code tcp://host:port}.
   *
   * @throws IllegalArgumentException for anything else
   */
  public static DaemonAddress parse(String address) {
    if (address.startsWith("unix://")) {
      String path = address.substring("unix://".length());
      if (path.isEmpty()) {
        throw new IllegalArgumentException("no path in the address " + address);
      }
      return unix(Path.of(path));
    }
    if (address.startsWith("tcp://")) {
      URI uri = URI.create(address);
      if (uri.getHost() == null || uri.getPort() < 0) {
        throw new IllegalArgumentException("expected tcp://host:port, not " + address);
      }
      return new DaemonAddress(null, uri.getHost(), uri.getPort(), null);
    }
    throw new IllegalArgumentException(
        "unsupported address " + address + ": expected unix:///path or tcp://host:port");
  }

  public static DaemonAddress unix(Path socket) {
    return new DaemonAddress(socket, "", 0, null);
  }

  public DaemonAddress withTls(Tls tls) {
    return new DaemonAddress(socketOrNull, host, port, tls);
  }

  public Optional<Path> socket() {
    return Optional.ofNullable(socketOrNull);
  }

  @Override
  public String toString() {
    return socketOrNull != null ? "unix://" + socketOrNull : "tcp://" + host + ":" + port;
  }
}
