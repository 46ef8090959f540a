package dev.gatehouse.frontend.transport.http2;

import dev.gatehouse.frontend.StatusCode;
import dev.gatehouse.frontend.transport.RpcChannel;
import dev.gatehouse.frontend.transport.RpcException;
import dev.gatehouse.frontend.transport.RpcStream;
import java.io.Closeable;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadFactory;

/**
 * A channel over a pair of connected streams; when they are over, so is the channel.
 *
 * <p>Two threads serve it, one that reads and one that writes. {@link #close} ends the writing one
 * at once and the reading one as soon as the input says that it is closed.
 */
public final class Http2Channel implements RpcChannel {
  private final Connection connection;

  private Http2Channel(Connection connection) {
    this.connection = connection;
  }

  /**
   * Opens a channel on daemon threads of its own and begins to read.
   *
   * @param out need not be buffered
   * @param authority the value of the {@code :authority} header
   * @param onClose closed with the channel, and when the connection is over; must close both
   *     streams
   */
  public static Http2Channel open(
      InputStream in, OutputStream out, String authority, Closeable onClose) {
    return open(in, out, authority, onClose, Http2Channel::daemon);
  }

  /**
   * Opens a channel on threads of the caller's choice and begins to read.
   *
   * @param threads makes the two threads
   */
  public static Http2Channel open(
      InputStream in,
      OutputStream out,
      String authority,
      Closeable onClose,
      ThreadFactory threads) {
    Connection connection = new Connection(in, out, authority, onClose);
    connection.start(threads);
    return new Http2Channel(connection);
  }

  private static Thread daemon(Runnable work) {
    Thread thread = new Thread(work, "gatehouse-http2");
    thread.setDaemon(true);
    return thread;
  }

  @Override
  public byte[] call(String method, byte[] request, Map<String, List<String>> metadata)
      throws RpcException, InterruptedException {
    ClientStream stream = connection.open(method, metadata);
    try {
      stream.send(request, true);
      return stream.receiveOnly(method);
    } finally {
      stream.close();
    }
  }

  @Override
  public RpcStream open(String method, Map<String, List<String>> metadata) throws RpcException {
    try {
      return connection.open(method, metadata);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RpcException(StatusCode.CANCELLED, "interrupted before the call was opened");
    }
  }

  @Override
  public void close() {
    connection.close();
  }
}
