package dev.gatehouse.frontend.server;

import com.google.protobuf.MessageLite;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.FrontendException.Category;
import dev.gatehouse.frontend.StatusCode;
import dev.gatehouse.frontend.transport.RpcChannel;

/** The size that no message may exceed, on whatever transport. */
final class MessageLimit {
  private MessageLimit() {}

  /**
   * Refuses a message that some transport would not carry.
   *
   * @param what it is, such as {@code a result}
   * @param remedy what the frontend must do instead
   */
  static void check(String what, MessageLite message, String remedy) throws FrontendException {
    int size = message.getSerializedSize();
    if (size > RpcChannel.MAX_MESSAGE) {
      throw FrontendException.builder(
              Category.USER,
              "%s of %s bytes is larger than the %s MiB that one message may hold"
                  .formatted(what, size, RpcChannel.MAX_MESSAGE >> 20))
          .status(StatusCode.RESOURCE_EXHAUSTED)
          .code("gateway.message-too-large")
          .hint("the frontend's author must let it " + remedy)
          .build();
    }
  }
}
