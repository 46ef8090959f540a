package dev.gatehouse.solver.store.tar;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * File names between bytes and strings without loss: UTF-8, where each byte that is none becomes
 * the lone surrogate U+DC00 + byte and back.
 */
public final class FileNames {
  private FileNames() {}

  /** Whether the bytes are well-formed UTF-8 is decided byte by byte; no input is refused. */
  public static String decode(byte[] bytes, int offset, int length) {
    boolean ascii = true;
    for (int i = offset; i < offset + length; i++) {
      if (bytes[i] < 0) {
        ascii = false;
        break;
      }
    }
    if (ascii) {
      return new String(bytes, offset, length, StandardCharsets.US_ASCII);
    }
    ByteBuffer in = ByteBuffer.wrap(bytes, offset, length);
    CharsetDecoder decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    CharBuffer out = CharBuffer.allocate(length);
    while (true) {
      CoderResult result = decoder.decode(in, out, true);
      if (!result.isError()) {
        break;
      }
      for (int i = 0; i < result.length(); i++) {
        out.put((char) (0xDC00 | (in.get() & 0xff)));
      }
      decoder.reset();
    }
    return out.flip().toString();
  }

  /**
   * The bytes of a name.
   *
   * @throws IllegalArgumentException if the name holds a surrogate that stands for no byte
   */
  public static byte[] encode(String name) {
    boolean ascii = true;
    for (int i = 0; i < name.length(); i++) {
      if (name.charAt(i) >= 0x80) {
        ascii = false;
        break;
      }
    }
    if (ascii) {
      return name.getBytes(StandardCharsets.US_ASCII);
    }
    byte[] out = new byte[name.length() * 3];
    int length = 0;
    int start = 0;
    for (int i = 0; i <= name.length(); i++) {
      boolean end = i == name.length();
      boolean escaped = !end && isEscapedByte(name, i);
      if (end || escaped) {
        byte[] part = encodeStrictly(name, start, i);
        System.arraycopy(part, 0, out, length, part.length);
        length += part.length;
        start = i + 1;
      }
      if (escaped) {
        out[length++] = (byte) name.charAt(i);
      }
    }
    return java.util.Arrays.copyOf(out, length);
  }

  private static boolean isEscapedByte(String name, int i) {
    char c = name.charAt(i);
    return c >= 0xDC80 && c <= 0xDCFF && (i == 0 || !Character.isHighSurrogate(name.charAt(i - 1)));
  }

  private static byte[] encodeStrictly(String name, int start, int end) {
    try {
      ByteBuffer bytes =
          StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(name, start, end));
      byte[] part = new byte[bytes.remaining()];
      bytes.get(part);
      return part;
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException(
          "not a file name: it holds a surrogate that stands for no byte", e);
    }
  }
}
