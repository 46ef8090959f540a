package dev.gatehouse.frontend.transport;

import dev.gatehouse.frontend.StatusCode;
import org.jspecify.annotations.Nullable;

/**
 * A call with messages in both directions, seen from one end.
 *
 * <p>One thread may receive while others send. Sending waits while the other end does not keep up.
 */
public interface RpcStream extends AutoCloseable {

  /**
   * Sends a message; several threads may.
   *
   * @throws RpcException with the status of the call when it is over
   */
  void send(byte[] message) throws RpcException, InterruptedException;

  /** Says that no further message will come from this end. */
  void closeSend() throws RpcException;

  /**
   * Waits for the next message.
   *
   * @return null after the last one
   * @throws RpcException when the call failed
   */
  byte @Nullable [] receive() throws RpcException, InterruptedException;

  /**
   * Waits for the answer of a method that gives just one.
   *
   * @param method named in the error if there is none, or more than one
   * @throws RpcException when the call failed
   */
  default byte[] receiveOnly(String method) throws RpcException, InterruptedException {
    byte[] answer = receive();
    if (answer == null) {
      throw new RpcException(StatusCode.INTERNAL, method + " gave no answer");
    }
    if (receive() != null) {
      throw new RpcException(StatusCode.INTERNAL, method + " gave more than one answer");
    }
    return answer;
  }

  /** Cancels the call unless it is over. Idempotent. */
  @Override
  void close();
}
