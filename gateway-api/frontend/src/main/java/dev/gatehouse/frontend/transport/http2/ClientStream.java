package dev.gatehouse.frontend.transport.http2;

import dev.gatehouse.frontend.StatusCode;
import dev.gatehouse.frontend.transport.RpcChannel;
import dev.gatehouse.frontend.transport.RpcException;
import dev.gatehouse.frontend.transport.RpcStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One call: a stream of HTTP/2 with messages of gRPC in its data.
 *
 * <p>What comes in is guarded by the stream, what goes out by the connection, whose windows it
 * shares. The connection's lock may be held when the stream's is taken, never the other way round.
 */
final class ClientStream implements RpcStream {
  /** What the other end may send ahead of what is taken out, and the memory that it costs. */
  static final int WINDOW = 1 << 20;

  private final Connection connection;
  final int id;

  /** Messages of several threads do not mix. */
  private final ReentrantLock turn = new ReentrantLock();

  // Guarded by the connection.
  long sendWindow;
  boolean sendClosed;
  boolean over;

  // Guarded by this.
  private final MessageReader reader = new MessageReader();
  private final Deque<byte[]> messages = new ArrayDeque<>();
  private boolean headersSeen;
  private boolean ended;
  private @Nullable RpcException failure;
  private int window = WINDOW;
  private int consumed;

  ClientStream(Connection connection, int id, long sendWindow) {
    this.connection = connection;
    this.id = id;
    this.sendWindow = sendWindow;
  }

  // The thread that reads calls these.

  /** Headers came, or trailers: what is between them is data. */
  void onHeaders(Headers headers, boolean last) {
    if (last) {
      connection.finish(this, ending(headers));
    } else {
      RpcException wrong = beginning(headers);
      if (wrong != null) {
        connection.abandon(this, wrong);
      }
    }
  }

  private synchronized @Nullable RpcException beginning(Headers headers) {
    if (headersSeen) {
      return new RpcException(StatusCode.INTERNAL, "headers came in the midst of a call");
    }
    String status = headers.get(":status");
    if (status != null && status.length() == 3 && status.charAt(0) == '1') {
      return null; // informational: the real headers follow
    }
    headersSeen = true;
    return CallStatus.ofHeaders(headers);
  }

  private synchronized @Nullable RpcException ending(Headers trailers) {
    RpcException failure = CallStatus.ofTrailers(trailers);
    return failure == null && reader.isWithin()
        ? new RpcException(StatusCode.INTERNAL, "the call ended within a message")
        : failure;
  }

  /** Data came; {@code size} is what the frame counts for, with padding. */
  void onData(byte[] bytes, int offset, int length, int size, boolean last) throws Http2Exception {
    RpcException wrong = null;
    int grant = 0;
    synchronized (this) {
      window -= size;
      if (window < 0) {
        throw new Http2Exception(
            Http2Exception.FLOW_CONTROL, "more data came on a call than was granted");
      }
      consumed += size;
      try {
        if (!headersSeen) {
          throw new RpcException(StatusCode.INTERNAL, "data came before the answer's headers");
        }
        if (!ended) {
          reader.read(bytes, offset, length, messages);
        }
      } catch (RpcException e) {
        wrong = e;
      }
      if (wrong == null && last) {
        wrong = new RpcException(StatusCode.INTERNAL, "the call ended without a status");
      }
      if (messages.isEmpty()) {
        grant = grant();
      } else {
        notifyAll();
      }
    }
    if (wrong != null) {
      if (last) {
        connection.finish(this, wrong);
      } else {
        connection.abandon(this, wrong);
      }
    } else {
      connection.grant(id, grant);
    }
  }

  /** The call is over; what came before can still be taken out. */
  synchronized void end(@Nullable RpcException cause) {
    if (!ended) {
      ended = true;
      failure = cause;
      notifyAll();
    }
  }

  /** What the other end may be told that it can send again: in large steps. */
  private int grant() { // guarded by this
    int n = consumed;
    if (ended || n < WINDOW / 2) {
      return 0;
    }
    consumed = 0;
    window += n;
    return n;
  }

  // The caller's threads call these.

  @Override
  public void send(byte[] message) throws RpcException, InterruptedException {
    send(message, false);
  }

  void send(byte[] message, boolean last) throws RpcException, InterruptedException {
    if (message.length > RpcChannel.MAX_MESSAGE) {
      throw new RpcException(
          StatusCode.RESOURCE_EXHAUSTED,
          "message of "
              + message.length
              + " bytes is larger than the limit of "
              + RpcChannel.MAX_MESSAGE);
    }
    turn.lockInterruptibly();
    try {
      connection.send(this, MessageReader.prefixed(message), last);
    } finally {
      turn.unlock();
    }
  }

  /** The status of a call that is over, for one who wants to send. */
  synchronized RpcException reason() {
    return failure == null
        ? new RpcException(StatusCode.CANCELLED, "the call is over")
        : copy(failure);
  }

  private static RpcException copy(RpcException e) {
    return new RpcException(e.status(), e.getMessage(), e.details(), e);
  }

  @Override
  public void closeSend() {
    connection.closeSend(this);
  }

  @Override
  public byte @Nullable [] receive() throws RpcException, InterruptedException {
    byte[] message;
    int grant;
    synchronized (this) {
      while (messages.isEmpty() && !ended) {
        wait();
      }
      if (messages.isEmpty()) {
        if (failure != null) {
          throw copy(failure);
        }
        return null;
      }
      message = messages.remove();
      grant = messages.isEmpty() ? grant() : 0;
    }
    connection.grant(id, grant);
    return message;
  }

  @Override
  public void close() {
    connection.abandon(this, new RpcException(StatusCode.CANCELLED, "closed by the caller"));
  }
}
