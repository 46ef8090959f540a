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

/**
 * A channel over a pair of connected streams; when they are over, so is the channel.
 *
 * <p>Two daemon threads serve it, one that reads and one that writes. {@link #close} ends the
 * writing one at once and the reading one as soon as the input says that it is closed.
 */
public final class Http2Channel implements RpcChannel {
  private final Connection connection;

  private Http2Channel(Connection connection) {
    this.connection = connection;
  }

  /**
   * Opens a channel and begins to read.
   *
   * @param out need not be buffered
   * @param authority the value of the {@code :authority} header
   * @param onClose closed with the channel; must close both streams
   */
  public static Http2Channel open(
      InputStream in, OutputStream out, String authority, Closeable onClose) {
    Connection connection = new Connection(in, out, authority, onClose);
    connection.start();
    return new Http2Channel(connection);
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
