package dev.gatehouse.frontend.transport;

import dev.gatehouse.frontend.StatusCode;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/** Messages that came in on a call, and whether the call may be written to. Guarded by itself. */
final class Inbox {
  /** Messages asked for ahead. */
  static final int WINDOW = 8;

  private final IntConsumer request;
  private final Deque<byte[]> messages = new ArrayDeque<>();
  private boolean inputEnded;
  private boolean ended;
  private @Nullable RpcException failure;

  Inbox(IntConsumer request) {
    this.request = request;
  }

  synchronized void add(byte[] message) {
    messages.add(message);
    notifyAll();
  }

  synchronized void ready() {
    notifyAll();
  }

  /** No further message will come, but the call goes on. */
  synchronized void endInput() {
    inputEnded = true;
    notifyAll();
  }

  /** The call is over. */
  synchronized void end(@Nullable RpcException cause) {
    if (!ended) {
      ended = true;
      inputEnded = true;
      failure = cause;
      notifyAll();
    }
  }

  synchronized boolean ended() {
    return ended;
  }

  byte @Nullable [] take() throws RpcException, InterruptedException {
    byte[] message;
    synchronized (this) {
      while (messages.isEmpty() && !inputEnded) {
        wait();
      }
      if (messages.isEmpty()) {
        RpcException cause = failure;
        if (cause != null) {
          throw new RpcException(cause.status(), cause.getMessage(), cause.details(), cause);
        }
        return null;
      }
      message = messages.remove();
    }
    request.accept(1);
    return message;
  }

  /** Waits until the call may be written to without piling up. */
  synchronized void awaitReady(BooleanSupplier isReady, boolean failWhenEnded)
      throws RpcException, InterruptedException {
    while (!ended && !isReady.getAsBoolean()) {
      wait();
    }
    if (ended && failWhenEnded) {
      RpcException cause = failure;
      if (cause != null) {
        throw new RpcException(cause.status(), cause.getMessage(), cause.details(), cause);
      }
      throw new RpcException(StatusCode.CANCELLED, "the call is over");
    }
  }
}
