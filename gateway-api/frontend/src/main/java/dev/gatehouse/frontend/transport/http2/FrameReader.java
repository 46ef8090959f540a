package dev.gatehouse.frontend.transport.http2;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** Reads frames (RFC 9113, section 4), one after the other into the same buffer. */
final class FrameReader {
  /** The largest payload; what HTTP/2 begins with, and no other is announced. */
  static final int MAX_PAYLOAD = 16384;

  private static final int SHOWN = 40;

  /** A buffer that can be asked for what is in it without asking what it reads from. */
  private static final class Input extends BufferedInputStream {
    Input(InputStream in) {
      super(in, 4 * MAX_PAYLOAD);
    }

    synchronized int buffered() {
      return count - pos;
    }
  }

  private final Input in;
  private final byte[] header = new byte[Frame.HEADER];
  private final byte[] payload = new byte[MAX_PAYLOAD];
  private boolean begun;
  private int length;

  FrameReader(InputStream in) {
    this.in = new Input(in);
  }

  /**
   * Reads the next frame.
   *
   * @return false at the end of the input
   * @throws EOFException if the input ends within a frame
   */
  boolean next() throws IOException {
    int n = in.readNBytes(header, 0, Frame.HEADER);
    if (n == 0) {
      return false;
    }
    if (!begun && (n < Frame.HEADER || type() != Frame.SETTINGS || (flags() & Frame.ACK) != 0)) {
      throw new Http2Exception(
          Http2Exception.PROTOCOL, "the other end speaks no HTTP/2: it began with " + shown(n));
    }
    begun = true;
    if (n < Frame.HEADER) {
      throw new EOFException("the connection ended within a frame");
    }
    length = (header[0] & 0xff) << 16 | (header[1] & 0xff) << 8 | header[2] & 0xff;
    if (length > MAX_PAYLOAD) {
      throw new Http2Exception(
          Http2Exception.FRAME_SIZE, "a frame of " + length + " bytes is too large");
    }
    if (in.readNBytes(payload, 0, length) < length) {
      throw new EOFException("the connection ended within a frame");
    }
    return true;
  }

  int type() {
    return header[3] & 0xff;
  }

  int flags() {
    return header[4] & 0xff;
  }

  boolean has(int flag) {
    return (flags() & flag) != 0;
  }

  int stream() {
    return Frame.integer(header, 5) & Integer.MAX_VALUE;
  }

  /** The payload's bytes; valid to {@link #length()} and until the next frame. */
  byte[] payload() {
    return payload;
  }

  int length() {
    return length;
  }

  private String shown(int n) throws IOException {
    int more = in.readNBytes(payload, 0, Math.min(SHOWN, in.buffered()));
    StringBuilder text = new StringBuilder("\"");
    String bytes =
        new String(header, 0, n, StandardCharsets.ISO_8859_1)
            + new String(payload, 0, more, StandardCharsets.ISO_8859_1);
    for (char c : bytes.toCharArray()) {
      text.append(c >= ' ' && c < 0x7f && c != '"' ? c : '?');
    }
    return text.append('"').toString();
  }
}
