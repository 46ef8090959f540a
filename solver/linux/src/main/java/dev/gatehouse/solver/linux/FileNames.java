package dev.gatehouse.solver.linux;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;

/**
 * File names between bytes and strings: UTF-8, where each byte that is not UTF-8 becomes the lone
 * surrogate U+DC00 + byte, so that every name survives the way there and back.
 */
public final class FileNames {
  private FileNames() {}

  /** The string of these bytes. */
  public static String decode(byte[] bytes) {
    return decode(bytes, 0, bytes.length);
  }

  public static String decode(byte[] bytes, int offset, int length) {
    boolean ascii = true;
    for (int i = offset; i < offset + length; i++) {
      if (bytes[i] < 0) {
        ascii = false;
        break;
      }
    }
    if (ascii) {
      return new String(bytes, offset, length, StandardCharsets.ISO_8859_1);
    }
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    ByteBuffer in = ByteBuffer.wrap(bytes, offset, length);
    CharBuffer out = CharBuffer.allocate(length);
    while (true) {
      CoderResult result = decoder.decode(in, out, true);
      if (result.isUnderflow()) {
        break;
      }
      // Each byte of the malformed sequence on its own; the rest is decoded again.
      out.put((char) (0xDC00 | (in.get() & 0xff)));
      decoder.reset();
    }
    return out.flip().toString();
  }

  /** The bytes of this name. */
  public static byte[] encode(String name) {
    int n = name.length();
    boolean ascii = true;
    for (int i = 0; i < n; i++) {
      if (name.charAt(i) >= 0x80) {
        ascii = false;
        break;
      }
    }
    if (ascii) {
      return name.getBytes(StandardCharsets.ISO_8859_1);
    }
    try {
      ByteBuffer b = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(name));
      byte[] out = new byte[b.remaining()];
      b.get(out);
      return out;
    } catch (CharacterCodingException e) {
      return encodeEscaped(name);
    }
  }

  private static byte[] encodeEscaped(String name) {
    byte[] out = new byte[name.length() * 3];
    int length = 0;
    for (int i = 0; i < name.length(); ) {
      int c = name.codePointAt(i);
      i += Character.charCount(c);
      if (c >= 0xDC80 && c <= 0xDCFF) {
        out[length++] = (byte) (c & 0xff);
      } else {
        byte[] b = new String(Character.toChars(c)).getBytes(StandardCharsets.UTF_8);
        System.arraycopy(b, 0, out, length, b.length);
        length += b.length;
      }
    }
    return java.util.Arrays.copyOf(out, length);
  }
}
