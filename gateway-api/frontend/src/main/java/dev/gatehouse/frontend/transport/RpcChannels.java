package dev.gatehouse.frontend.transport;

import java.io.IOException;
import java.net.Socket;

/** Makes channels. */
public final class RpcChannels {
  private RpcChannels() {}

  /** Connects a socket. */
  @FunctionalInterface
  public interface Connector {
    Socket connect() throws IOException;
  }

  /** A channel over one connected socket; when that is over, so is the channel. */
  public static RpcChannel over(Socket socket) {
    Connector once = new Once(socket);
    return GrpcChannel.open(once, "localhost");
  }

  /**
   * A channel that connects when it is first used and again when the connection was lost.
   *
   * @param authority the value of the {@code :authority} header
   */
  public static RpcChannel connecting(Connector connector, String authority) {
    return GrpcChannel.open(connector, authority);
  }

  private static final class Once implements Connector {
    private final Socket socket;
    private boolean taken;

    Once(Socket socket) {
      this.socket = socket;
    }

    @Override
    public synchronized Socket connect() throws IOException {
      if (taken) {
        throw new IOException("the connection to the build server was closed");
      }
      taken = true;
      return socket;
    }
  }
}
