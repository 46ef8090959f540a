package dev.gatehouse.frontend.dockerfile.parse;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Bytes of a file as text. A byte that is not part of valid UTF-8 becomes U+FFFD, each by itself,
 * as in Go.
 */
final class SourceText {
  private static final int BYTES = 0xdc00;

  private SourceText() {}

  static String decode(byte[] bytes, int from, int to) {
    for (int i = from; i < to; i++) {
      if (bytes[i] < 0) {
        return decodeAny(bytes, from, to, false);
      }
    }
    return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
  }

  /**
   * The same, but that each byte that is not part of valid UTF-8 becomes a lone low surrogate, from
   * which {@link #encode} makes it again.
   */
  static String decodeBytes(byte[] bytes, int from, int to) {
    return decodeAny(bytes, from, to, true);
  }

  /** The bytes of a text, those that were not UTF-8 as they were. */
  static byte[] encode(String text) {
    if (!hasBytes(text)) {
      return text.getBytes(StandardCharsets.UTF_8);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream(text.length());
    int copied = 0;
    for (int i = 0; i < text.length(); i++) {
      if (isByte(text, i)) {
        out.writeBytes(text.substring(copied, i).getBytes(StandardCharsets.UTF_8));
        out.write(text.charAt(i));
        copied = i + 1;
      }
    }
    out.writeBytes(text.substring(copied).getBytes(StandardCharsets.UTF_8));
    return out.toByteArray();
  }

  /** A text of {@link #decodeBytes} as {@link #decode} makes it. */
  static String replaced(String text) {
    if (!hasBytes(text)) {
      return text;
    }
    StringBuilder out = new StringBuilder(text);
    for (int i = 0; i < out.length(); i++) {
      if (isByte(text, i)) {
        out.setCharAt(i, '\uFFFD');
      }
    }
    return out.toString();
  }

  private static boolean hasBytes(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (isByte(text, i)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isByte(String text, int at) {
    char c = text.charAt(at);
    return c >= BYTES + 0x80
        && c <= BYTES + 0xff
        && (at == 0 || !Character.isHighSurrogate(text.charAt(at - 1)));
  }

  private static String decodeAny(byte[] bytes, int from, int to, boolean keep) {
    StringBuilder out = new StringBuilder(to - from);
    int i = from;
    while (i < to) {
      int size = sequence(bytes, i, to);
      int b = bytes[i] & 0xff;
      switch (size) {
        case 1 -> out.append((char) b);
        case 2 -> out.append((char) ((b & 0x1f) << 6 | bytes[i + 1] & 0x3f));
        case 3 ->
            out.append(
                (char) ((b & 0x0f) << 12 | (bytes[i + 1] & 0x3f) << 6 | bytes[i + 2] & 0x3f));
        case 4 ->
            out.appendCodePoint(
                (b & 0x07) << 18
                    | (bytes[i + 1] & 0x3f) << 12
                    | (bytes[i + 2] & 0x3f) << 6
                    | bytes[i + 3] & 0x3f);
        default -> {
          out.append(keep ? (char) (BYTES + b) : '\uFFFD');
          size = 1;
        }
      }
      i += size;
    }
    return out.toString();
  }

  /** The number of UTF-16 units of a section. */
  static int units(byte[] bytes, int from, int to) {
    int units = 0;
    int i = from;
    while (i < to) {
      int size = sequence(bytes, i, to);
      units += size == 4 ? 2 : 1;
      i += Math.max(size, 1);
    }
    return units;
  }

  /** The length of the UTF-8 sequence that starts here, 0 if none does. */
  private static int sequence(byte[] bytes, int at, int to) {
    int b = bytes[at] & 0xff;
    if (b < 0x80) {
      return 1;
    }
    if (b < 0xc2 || b > 0xf4) {
      return 0;
    }
    int size = b < 0xe0 ? 2 : b < 0xf0 ? 3 : 4;
    if (at + size > to) {
      return 0;
    }
    for (int i = 1; i < size; i++) {
      if ((bytes[at + i] & 0xc0) != 0x80) {
        return 0;
      }
    }
    int second = bytes[at + 1] & 0xff;
    boolean valid =
        switch (b) {
          case 0xe0 -> second >= 0xa0;
          case 0xed -> second < 0xa0;
          case 0xf0 -> second >= 0x90;
          case 0xf4 -> second < 0x90;
          default -> true;
        };
    return valid ? size : 0;
  }
}
