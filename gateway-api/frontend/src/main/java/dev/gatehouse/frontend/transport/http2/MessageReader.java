package dev.gatehouse.frontend.transport.http2;

import dev.gatehouse.frontend.StatusCode;
import dev.gatehouse.frontend.transport.RpcChannel;
import dev.gatehouse.frontend.transport.RpcException;
import java.util.Arrays;
import java.util.Queue;

/** Finds the messages in the data of a call: a byte that says 0, four of length, the message. */
final class MessageReader {
  private static final int PREFIX = 5;
  private static final int FIRST_CAPACITY = 64 << 10;

  private final byte[] prefix = new byte[PREFIX];
  private int prefixed;
  private int length;

  /** The message as far as it is there: it grows as data comes, not as the length claims. */
  private byte[] message = {};

  private int filled;

  /** Reads the next data and adds the messages that end in it. */
  void read(byte[] bytes, int offset, int count, Queue<byte[]> messages) throws RpcException {
    int at = offset;
    int end = offset + count;
    while (at < end) {
      if (prefixed < PREFIX) {
        prefix[prefixed++] = bytes[at++];
        if (prefixed < PREFIX) {
          continue;
        }
        begin();
      }
      int n = Math.min(end - at, length - filled);
      if (filled + n > message.length) {
        message = Arrays.copyOf(message, Math.min(length, Math.max(filled + n, 2 * filled)));
      }
      System.arraycopy(bytes, at, message, filled, n);
      filled += n;
      at += n;
      if (filled == length) {
        messages.add(message);
        message = new byte[0];
        prefixed = 0;
      }
    }
  }

  /** Whether a message has begun and not ended. */
  boolean isWithin() {
    return prefixed > 0;
  }

  private void begin() throws RpcException {
    if (prefix[0] != 0) {
      throw new RpcException(StatusCode.INTERNAL, "the answer is compressed, which was not asked");
    }
    length = Frame.integer(prefix, 1);
    if (length < 0 || length > RpcChannel.MAX_MESSAGE) {
      throw new RpcException(
          StatusCode.RESOURCE_EXHAUSTED,
          "answer of "
              + Integer.toUnsignedLong(length)
              + " bytes is larger than the limit of "
              + RpcChannel.MAX_MESSAGE);
    }
    filled = 0;
    message = new byte[Math.min(length, FIRST_CAPACITY)];
  }

  /** A message with what goes before it. */
  static byte[] prefixed(byte[] message) {
    byte[] bytes = new byte[PREFIX + message.length];
    bytes[1] = (byte) (message.length >> 24);
    bytes[2] = (byte) (message.length >> 16);
    bytes[3] = (byte) (message.length >> 8);
    bytes[4] = (byte) message.length;
    System.arraycopy(message, 0, bytes, PREFIX, message.length);
    return bytes;
  }
}
