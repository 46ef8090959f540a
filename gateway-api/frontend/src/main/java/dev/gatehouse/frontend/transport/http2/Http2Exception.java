package dev.gatehouse.frontend.transport.http2;

import java.io.IOException;

/** The other end broke the rules of HTTP/2, and the connection cannot go on. */
final class Http2Exception extends IOException {
  private static final long serialVersionUID = 1L;

  // Error codes: RFC 9113, section 7.
  static final int NONE = 0;
  static final int PROTOCOL = 1;
  static final int INTERNAL = 2;
  static final int FLOW_CONTROL = 3;
  static final int FRAME_SIZE = 6;
  static final int REFUSED_STREAM = 7;
  static final int CANCEL = 8;
  static final int COMPRESSION = 9;
  static final int ENHANCE_YOUR_CALM = 11;
  static final int INADEQUATE_SECURITY = 12;

  private final int code;

  Http2Exception(int code, String message) {
    super(message);
    this.code = code;
  }

  /** The error code that the other end is told. */
  int code() {
    return code;
  }
}
