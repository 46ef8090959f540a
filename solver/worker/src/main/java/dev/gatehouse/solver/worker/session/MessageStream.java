package dev.gatehouse.solver.worker.session;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A call in progress that carries messages both ways. One thread may send while another receives.
 *
 * <p>Messages are protobuf bytes of the called method's types.
 */
public interface MessageStream extends AutoCloseable {
  /** Sends a message, waiting while the other side is slow. */
  void send(byte[] message) throws IOException, InterruptedException;

  /** Says that no more messages follow from here. */
  void closeSend() throws IOException, InterruptedException;

  /**
   * The next message from the other side, null after its last.
   *
   * @throws SessionCallException if the other side ended the call with an error
   */
  byte @Nullable [] receive() throws IOException, InterruptedException;

  /** Ends the call; cancels it if it has not ended by itself. */
  @Override
  void close();
}
