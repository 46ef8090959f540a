package dev.gatehouse.frontend.transport;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A connected socket over an input and an output stream: standard streams, a unix socket, a tunnel.
 *
 * <p>Options and timeouts are accepted and have no effect; closing closes both streams and then
 * {@code onClose}.
 */
public final class StreamSocket extends Socket {
  private static final InetSocketAddress NOWHERE =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);

  private final InputStream in;
  private final OutputStream out;
  private final Closeable onClose;
  private final AtomicBoolean closed = new AtomicBoolean();

  /** A socket over two streams. */
  public StreamSocket(InputStream in, OutputStream out) {
    this(in, out, () -> {});
  }

  /** A socket over two streams that closes something else with them. */
  public StreamSocket(InputStream in, OutputStream out, Closeable onClose) {
    this.in = in;
    this.out = out;
    this.onClose = onClose;
  }

  @Override
  public InputStream getInputStream() {
    return in;
  }

  @Override
  public OutputStream getOutputStream() {
    return out;
  }

  @Override
  public void connect(SocketAddress endpoint, int timeout) {}

  @Override
  public void connect(SocketAddress endpoint) {}

  @Override
  public boolean isConnected() {
    return true;
  }

  @Override
  public boolean isBound() {
    return true;
  }

  @Override
  public boolean isClosed() {
    return closed.get();
  }

  @Override
  public void setTcpNoDelay(boolean on) {}

  @Override
  public void setSoTimeout(int timeout) {}

  @Override
  public int getSoTimeout() {
    return 0;
  }

  @Override
  public void setKeepAlive(boolean on) {}

  @Override
  public void setSoLinger(boolean on, int linger) {}

  @Override
  public void shutdownInput() throws IOException {
    in.close();
  }

  @Override
  public void shutdownOutput() throws IOException {
    out.close();
  }

  @Override
  public InetAddress getInetAddress() {
    return NOWHERE.getAddress();
  }

  @Override
  public InetAddress getLocalAddress() {
    return NOWHERE.getAddress();
  }

  @Override
  public int getPort() {
    return NOWHERE.getPort();
  }

  @Override
  public int getLocalPort() {
    return NOWHERE.getPort();
  }

  @Override
  public SocketAddress getRemoteSocketAddress() {
    return NOWHERE;
  }

  @Override
  public SocketAddress getLocalSocketAddress() {
    return NOWHERE;
  }

  @Override
  public void close() throws IOException {
    if (closed.compareAndSet(false, true)) {
      // The other end learns of it by the output's end; a thread that reads may hold the input, so
      // it comes last.
      try (onClose;
          in) {
        out.close();
      }
    }
  }

  @Override
  public String toString() {
    return "StreamSocket";
  }
}
