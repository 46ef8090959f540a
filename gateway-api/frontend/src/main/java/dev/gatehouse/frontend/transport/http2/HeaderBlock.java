package dev.gatehouse.frontend.transport.http2;

import java.util.Arrays;

/** A header block that comes in one frame or, after a first, in as many as it takes. */
final class HeaderBlock {
  private final int limit;
  private byte[] bytes = {};
  private int length;
  private int stream;
  private boolean endsStream;
  private boolean open;

  HeaderBlock(int limit) {
    this.limit = limit;
  }

  /** Begins with a HEADERS frame. */
  void open(FrameReader frame) throws Http2Exception {
    int from = 0;
    int to = frame.length();
    if (frame.has(Frame.PADDED)) {
      if (to > 0) {
        to -= frame.payload()[0] & 0xff;
      }
      from++;
    }
    if (frame.has(Frame.PRIORITY)) {
      from += 5;
    }
    if (from > to) {
      throw new Http2Exception(Http2Exception.PROTOCOL, "a header block is cut off");
    }
    stream = frame.stream();
    endsStream = frame.has(Frame.END_STREAM);
    length = 0;
    add(frame, from, to);
  }

  /** Goes on with a CONTINUATION frame. */
  void more(FrameReader frame) throws Http2Exception {
    if (!open) {
      throw new Http2Exception(Http2Exception.PROTOCOL, "no header block is to be continued");
    }
    add(frame, 0, frame.length());
  }

  private void add(FrameReader frame, int from, int to) throws Http2Exception {
    int n = to - from;
    if (length + n > limit) {
      throw new Http2Exception(Http2Exception.ENHANCE_YOUR_CALM, "a header block is too large");
    }
    if (length + n > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(length + n, 2 * length));
    }
    System.arraycopy(frame.payload(), from, bytes, length, n);
    length += n;
    open = !frame.has(Frame.END_HEADERS);
  }

  boolean isOpen() {
    return open;
  }

  int stream() {
    return stream;
  }

  boolean endsStream() {
    return endsStream;
  }

  byte[] bytes() {
    return bytes;
  }

  int length() {
    return length;
  }

  /** Gives the memory back. */
  void clear() {
    bytes = new byte[0];
    length = 0;
  }
}
