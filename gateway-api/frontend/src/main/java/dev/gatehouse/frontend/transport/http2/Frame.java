package dev.gatehouse.frontend.transport.http2;

/**
 * A frame to be written (RFC 9113, section 6): its header, with what comes before the data, and a
 * part of an array that is not written to any more.
 */
record Frame(byte[] head, byte[] body, int offset, int length) {
  static final int HEADER = 9;

  static final int DATA = 0;
  static final int HEADERS = 1;
  static final int RST_STREAM = 3;
  static final int SETTINGS = 4;
  static final int PUSH_PROMISE = 5;
  static final int PING = 6;
  static final int GOAWAY = 7;
  static final int WINDOW_UPDATE = 8;
  static final int CONTINUATION = 9;

  static final int ACK = 0x1;
  static final int END_STREAM = 0x1;
  static final int END_HEADERS = 0x4;
  static final int PADDED = 0x8;
  static final int PRIORITY = 0x20;

  private static final byte[] NOTHING = {};

  int size() {
    return head.length + length;
  }

  static Frame of(int type, int flags, int stream, byte[] body, int offset, int length) {
    byte[] head = new byte[HEADER];
    head[0] = (byte) (length >> 16);
    head[1] = (byte) (length >> 8);
    head[2] = (byte) length;
    head[3] = (byte) type;
    head[4] = (byte) flags;
    put(head, 5, stream);
    return new Frame(head, body, offset, length);
  }

  static Frame of(int type, int flags, int stream, byte[] body) {
    return of(type, flags, stream, body, 0, body.length);
  }

  /** A frame of a single number: RST_STREAM, WINDOW_UPDATE. */
  static Frame of(int type, int stream, int value) {
    byte[] body = new byte[4];
    put(body, 0, value);
    return of(type, 0, stream, body);
  }

  /** The settings of which identifiers and values follow each other. */
  static Frame settings(int... pairs) {
    byte[] body = new byte[pairs.length / 2 * 6];
    for (int i = 0; i < pairs.length / 2; i++) {
      body[i * 6 + 1] = (byte) pairs[i * 2];
      put(body, i * 6 + 2, pairs[i * 2 + 1]);
    }
    return of(SETTINGS, 0, 0, body);
  }

  static Frame settingsReceived() {
    return of(SETTINGS, ACK, 0, NOTHING);
  }

  static Frame goAway(int code) {
    byte[] body = new byte[8];
    put(body, 4, code);
    return of(GOAWAY, 0, 0, body);
  }

  /** Four bytes as a number. */
  static int integer(byte[] bytes, int at) {
    return (bytes[at] & 0xff) << 24
        | (bytes[at + 1] & 0xff) << 16
        | (bytes[at + 2] & 0xff) << 8
        | bytes[at + 3] & 0xff;
  }

  private static void put(byte[] bytes, int at, int value) {
    bytes[at] = (byte) (value >> 24);
    bytes[at + 1] = (byte) (value >> 16);
    bytes[at + 2] = (byte) (value >> 8);
    bytes[at + 3] = (byte) value;
  }
}
