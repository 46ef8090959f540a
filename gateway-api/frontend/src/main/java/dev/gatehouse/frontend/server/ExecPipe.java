package dev.gatehouse.frontend.server;

import dev.gatehouse.frontend.StatusCode;
import dev.gatehouse.frontend.transport.RpcException;
import dev.gatehouse.protocol.gateway.ExecMessage;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** The stream of processes between a client and a server in one process: two bounded queues. */
final class ExecPipe {
  private static final int BOUND = 64;

  private final Deque<ExecMessage> toServer = new ArrayDeque<>(); // these are guarded by this
  private final Deque<ExecMessage> toClient = new ArrayDeque<>();
  private boolean clientClosed;
  private boolean ended;
  private @Nullable RpcException failure;

  /** The server's work is over. */
  synchronized void end(@Nullable RpcException cause) {
    ended = true;
    failure = cause;
    notifyAll();
  }

  private synchronized void put(Deque<ExecMessage> queue, ExecMessage message)
      throws RpcException, InterruptedException {
    while (queue.size() >= BOUND && !ended && !clientClosed) {
      wait();
    }
    if (ended || clientClosed) {
      throw new RpcException(StatusCode.CANCELLED, "the stream of processes is closed");
    }
    queue.add(message);
    notifyAll();
  }

  LlbBridge.ExecStream client() {
    return new LlbBridge.ExecStream() {
      @Override
      public void send(ExecMessage message) throws RpcException, InterruptedException {
        put(toServer, message);
      }

      @Override
      public @Nullable ExecMessage receive() throws RpcException, InterruptedException {
        synchronized (ExecPipe.this) {
          while (toClient.isEmpty() && !ended && !clientClosed) {
            ExecPipe.this.wait();
          }
          ExecMessage message = toClient.poll();
          if (message == null && failure != null) {
            throw failure;
          }
          ExecPipe.this.notifyAll();
          return message;
        }
      }

      @Override
      public void close() {
        synchronized (ExecPipe.this) {
          clientClosed = true;
          ExecPipe.this.notifyAll();
        }
      }
    };
  }

  ExecSession.Peer server() {
    return new ExecSession.Peer() {
      @Override
      public void send(ExecMessage message) throws RpcException, InterruptedException {
        put(toClient, message);
      }

      @Override
      public @Nullable ExecMessage receive() throws InterruptedException {
        synchronized (ExecPipe.this) {
          while (toServer.isEmpty() && !clientClosed) {
            ExecPipe.this.wait();
          }
          ExecMessage message = toServer.poll();
          ExecPipe.this.notifyAll();
          return message;
        }
      }
    };
  }
}
