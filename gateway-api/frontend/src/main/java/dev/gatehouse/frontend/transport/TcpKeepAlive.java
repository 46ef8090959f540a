package dev.gatehouse.frontend.transport;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketOption;
import jdk.net.ExtendedSocketOptions;

/**
 * How the loss of the other machine is noticed: calls have no deadlines, because a solve may take
 * hours, and a machine that lost its power or its network ends no connection. The system asks for a
 * sign of life, every fifteen seconds as Go's programs do, and ends a connection that gave none in
 * nine of them.
 */
public final class TcpKeepAlive {
  private static final int SECONDS = 15;
  private static final int PROBES = 9;

  private TcpKeepAlive() {}

  /** Turns it on for a TCP connection. */
  public static void enable(Socket socket) throws IOException {
    socket.setKeepAlive(true);
    set(socket, ExtendedSocketOptions.TCP_KEEPIDLE, SECONDS);
    set(socket, ExtendedSocketOptions.TCP_KEEPINTERVAL, SECONDS);
    set(socket, ExtendedSocketOptions.TCP_KEEPCOUNT, PROBES);
  }

  private static void set(Socket socket, SocketOption<Integer> option, int value)
      throws IOException {
    if (socket.supportedOptions().contains(option)) {
      socket.setOption(option, value);
    }
  }
}
