package dev.gatehouse.frontend.transport.http2;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Writes header blocks (RFC 7541) that leave the other end's dynamic table alone: what a call sends
 * in headers is short.
 */
final class HeaderEncoder {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream(256);

  /** A field that the static table has with name and value. */
  HeaderEncoder indexed(int index) {
    out.write(0x80 | index);
    return this;
  }

  /** A field whose name the static table has; the index is at most 15. */
  HeaderEncoder named(int index, String value) {
    out.write(index);
    return text(value);
  }

  /** A field that the table has nothing of. */
  HeaderEncoder literal(String name, String value) {
    out.write(0);
    text(name);
    return text(value);
  }

  byte[] toBytes() {
    return out.toByteArray();
  }

  private HeaderEncoder text(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    int rest = bytes.length;
    if (rest < 0x7f) {
      out.write(rest);
    } else {
      out.write(0x7f);
      for (rest -= 0x7f; rest > 0x7f; rest >>>= 7) {
        out.write(rest | 0x80);
      }
      out.write(rest);
    }
    out.writeBytes(bytes);
    return this;
  }
}
