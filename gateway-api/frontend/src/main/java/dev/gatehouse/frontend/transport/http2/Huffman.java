package dev.gatehouse.frontend.transport.http2;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The code that header texts are shortened with (RFC 7541, appendix B).
 *
 * <p>It is canonical: codes of one length count up in the order of their symbols, and shorter ones
 * come first. So the lengths say everything.
 */
final class Huffman {
  private static final int LONGEST = 30;
  private static final int END = 256;

  /** The length of each symbol's code, that of 256 (the end) last; A is 5 bits, Z is 30. */
  private static final String LENGTHS =
      "ISXXXXXXXTZXXZXXXXXXXXZXXXXXXXXXBFFHIBDGFFDGDBBBAAABBBBBBBCDKBHF"
          + "IBCCCCCCCCCCCCCCCCCCCCCCDCDIOIJBKABABABBBACCBBBABCBAABCCCCCKGJIX"
          + "PRPPRRRSRSSSSSTSTTRSTSSSSQRSRSSTRQPRRSSQSRRTQRSSQQRQSRSSPRRRSRRS"
          + "VVPORSRUVVVWWVTUOQVWWVWTQQVVXWWWPTPQRQQSRRUUTTVSVWVVWWWWWXWWWWWV"
          + "Z";

  private static final int[] FIRST = new int[LONGEST + 1];
  private static final int[] COUNT = new int[LONGEST + 1];

  /** Symbols by length, then value; those of a length begin at {@code OFFSET}. */
  private static final short[] SYMBOLS = new short[LENGTHS.length()];

  private static final int[] OFFSET = new int[LONGEST + 1];

  static {
    int code = 0;
    int next = 0;
    for (int length = 1; length <= LONGEST; length++) {
      code <<= 1;
      FIRST[length] = code;
      OFFSET[length] = next;
      for (int symbol = 0; symbol < LENGTHS.length(); symbol++) {
        if (LENGTHS.charAt(symbol) - 'A' + 5 == length) {
          SYMBOLS[next++] = (short) symbol;
        }
      }
      COUNT[length] = next - OFFSET[length];
      code += COUNT[length];
    }
  }

  private Huffman() {}

  /**
   * Decodes a text.
   *
   * @throws Http2Exception if the padding is wrong or the end is in the text
   */
  static String decode(byte[] bytes, int from, int to) throws Http2Exception {
    byte[] text = new byte[(to - from) * 8 / 5];
    int size = 0;
    int code = 0;
    int length = 0;
    for (int i = from; i < to; i++) {
      for (int bit = 7; bit >= 0; bit--) {
        code = code << 1 | bytes[i] >> bit & 1;
        length++;
        if (code - FIRST[length] < COUNT[length]) {
          int symbol = SYMBOLS[OFFSET[length] + code - FIRST[length]];
          if (symbol == END) {
            throw new Http2Exception(Http2Exception.COMPRESSION, "a header text holds its end");
          }
          text[size++] = (byte) symbol;
          code = 0;
          length = 0;
        }
      }
    }
    if (length > 7 || code != (1 << length) - 1) {
      throw new Http2Exception(Http2Exception.COMPRESSION, "a header text is padded wrongly");
    }
    return new String(Arrays.copyOf(text, size), StandardCharsets.ISO_8859_1);
  }
}
