package dev.gatehouse.client;

import dev.gatehouse.frontend.transport.StreamSocket;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/**
 * Unix sockets as {@link Socket}.
 *
 * <p>The streams call the channel themselves: those of {@code java.nio.channels.Channels} lock
 * reading and writing against each other on Java 17.
 */
public final class UnixSocket {
  private UnixSocket() {}

  /** Connects. */
  public static Socket connect(UnixDomainSocketAddress address) throws IOException {
    SocketChannel channel;
    try {
      channel = SocketChannel.open(address);
    } catch (IOException e) {
      throw new IOException("cannot connect to " + address.getPath() + ": " + e.getMessage(), e);
    }
    return of(channel);
  }

  /** The connected channel as a socket. */
  public static Socket of(SocketChannel channel) {
    return new StreamSocket(new In(channel), new Out(channel), channel);
  }

  private static final class In extends InputStream {
    private final SocketChannel channel;

    In(SocketChannel channel) {
      this.channel = channel;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      return channel.read(ByteBuffer.wrap(bytes, offset, length));
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }

  private static final class Out extends OutputStream {
    private final SocketChannel channel;

    Out(SocketChannel channel) {
      this.channel = channel;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      ByteBuffer buffer = ByteBuffer.wrap(bytes, offset, length);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
