package dev.gatehouse.daemon.session;

import com.google.protobuf.UnsafeByteOperations;
import dev.gatehouse.frontend.transport.RpcException;
import dev.gatehouse.frontend.transport.RpcStream;
import dev.gatehouse.protocol.control.BytesMessage;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;

/**
 * A call that carries {@code BytesMessage}s both ways, as an input and an output stream.
 *
 * <p>Where the input ends, so does the output: a client that leaves is not told that it has left,
 * which Go's clients would print.
 */
final class StreamPair {
  private final RpcStream call;
  private volatile boolean over;

  StreamPair(RpcStream call) {
    this.call = call;
  }

  InputStream input() {
    return new Input();
  }

  OutputStream output() {
    return new Output();
  }

  private final class Input extends InputStream {
    private byte[] current = new byte[0];
    private int position;

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      while (position == current.length) {
        byte[] message = receive();
        if (message.length == 0) {
          return -1;
        }
        current = BytesMessage.parseFrom(message).getData().toByteArray();
        position = 0;
      }
      int count = Math.min(length, current.length - position);
      System.arraycopy(current, position, buffer, offset, count);
      position += count;
      return count;
    }

    /** The next message that is not empty; an empty array at the end. */
    private byte[] receive() throws IOException {
      try {
        while (true) {
          byte[] message = call.receive();
          if (message == null) {
            over = true;
            return new byte[0];
          }
          if (message.length > 0) {
            return message;
          }
        }
      } catch (RpcException e) {
        over = true;
        throw new IOException(e.getMessage(), e);
      } catch (InterruptedException e) {
        throw interrupted(e);
      }
    }
  }

  private final class Output extends OutputStream {
    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      if (over) {
        throw new IOException("the session was closed by its client");
      }
      BytesMessage message =
          BytesMessage.newBuilder()
              .setData(UnsafeByteOperations.unsafeWrap(bytes, offset, length))
              .build();
      try {
        call.send(message.toByteArray());
      } catch (RpcException e) {
        throw new IOException(e.getMessage(), e);
      } catch (InterruptedException e) {
        throw interrupted(e);
      }
    }
  }

  private static InterruptedIOException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    InterruptedIOException io = new InterruptedIOException("interrupted");
    io.initCause(e);
    return io;
  }
}
