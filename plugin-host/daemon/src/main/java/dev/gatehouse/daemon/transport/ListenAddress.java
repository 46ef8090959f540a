package dev.gatehouse.daemon.transport;

import java.net.InetSocketAddress;
import java.nio.file.Path;

/** Where the daemon listens: {@code unix:///path} or {@code tcp://host:port}. */
public sealed interface ListenAddress {

  /** A unix socket at an absolute path. */
  record Unix(Path path) implements ListenAddress {
    @Override
    public String toString() {
      return "unix://" + path;
    }
  }

  /** A TCP port. */
  record Tcp(String host, int port) implements ListenAddress {
    /** The address to bind. */
    public InetSocketAddress socketAddress() {
      return host.isEmpty() ? new InetSocketAddress(port) : new InetSocketAddress(host, port);
    }

    @Override
    public String toString() {
      return "tcp://" + host + ":" + port;
    }
  }

  /**
   * @throws IllegalArgumentException if the text is neither form
   */
  static ListenAddress parse(String text) {
    if (text.startsWith("unix://")) {
      Path path = Path.of(text.substring("unix://".length()));
      if (!path.isAbsolute()) {
        throw new IllegalArgumentException("a unix socket needs an absolute path: " + text);
      }
      return new Unix(path.normalize());
    }
    if (text.startsWith("tcp://")) {
      String rest = text.substring("tcp://".length());
      int colon = rest.lastIndexOf(':');
      try {
        int port = Integer.parseInt(rest.substring(colon + 1));
        String host = colon < 0 ? "" : rest.substring(0, colon);
        if (host.startsWith("[") && host.endsWith("]")) {
          host = host.substring(1, host.length() - 1);
        }
        if (colon >= 0 && port >= 0 && port <= 65535) {
          return new Tcp(host, port);
        }
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException("a tcp address needs a port: " + text, e);
      }
      throw new IllegalArgumentException("a tcp address needs a port: " + text);
    }
    throw new IllegalArgumentException(
        "address " + text + " has an unknown form, expected unix:///path or tcp://host:port");
  }
}
