package dev.gatehouse.grammar.dockerfile;

import java.nio.charset.StandardCharsets;
import org.antlr.v4.runtime.CharStream;
import org.antlr.v4.runtime.IntStream;
import org.antlr.v4.runtime.misc.Interval;

/**
 * A character stream of classes: for each unit of the source (a byte, or a UTF-16 unit) a character
 * below 128 that stands for what the grammar has to know of it.
 *
 * <p>There are two reasons. ANTLR's lexers cache transitions on characters below 128 only, so that
 * a line of Chinese would be slower by a factor of ten; and what a unit means depends on the file
 * (which character escapes) and on how the reference treats bytes, which the classes settle in one
 * place. Tokens carry offsets of units; their text is the source's, never the classes'.
 */
public final class ClassifiedStream implements CharStream {
  /** A byte that is a blank in flags only. */
  public static final byte HIGH_BLANK = 1;

  /** The first byte of a Unicode blank. */
  public static final byte BLANK_START = 2;

  /** A following byte of a Unicode blank that is a {@link #HIGH_BLANK} also. */
  public static final byte BLANK_REST_HIGH = 3;

  /** Any other following byte of a Unicode blank. */
  public static final byte BLANK_REST = 4;

  /** A unit without a meaning. */
  public static final byte OTHER = 0x7f;

  private final byte[] classes;
  private final int size;
  private int position;

  private ClassifiedStream(byte[] classes, int size) {
    this.classes = classes;
    this.size = size;
  }

  /**
   * The bytes {@code from} to before {@code to} of a logical line; token offsets count from {@code
   * from}.
   */
  public static ClassifiedStream ofLine(byte[] line, int from, int to, char escape) {
    int size = to - from;
    byte[] classes = new byte[size];
    boolean swap = escape == '`';
    for (int i = 0; i < size; i++) {
      byte b = line[from + i];
      if (b < 0) {
        int blank = blankLength(line, from + i, to);
        if (blank > 0) {
          classes[i] = BLANK_START;
          for (int k = 1; k < blank; k++) {
            classes[i + k] = isHighBlank(line[from + i + k]) ? BLANK_REST_HIGH : BLANK_REST;
          }
          i += blank - 1;
        } else {
          classes[i] = isHighBlank(b) ? HIGH_BLANK : OTHER;
        }
      } else if (b < ' ') {
        classes[i] = b >= 9 && b <= 13 ? b : OTHER;
      } else {
        classes[i] = swap ? swapped(b) : b;
      }
    }
    return new ClassifiedStream(classes, size);
  }

  /** A word to be expanded. */
  public static ClassifiedStream ofWord(String word, char escape, boolean quotes) {
    int size = word.length();
    byte[] classes = new byte[size];
    boolean swap = escape == '`';
    for (int i = 0; i < size; i++) {
      char c = word.charAt(i);
      if (c >= 0x80) {
        if (Character.isHighSurrogate(c)
            && i + 1 < size
            && Character.isLowSurrogate(word.charAt(i + 1))) {
          byte kind = kind(word.codePointAt(i));
          classes[i] = kind;
          classes[++i] = kind;
        } else {
          classes[i] = kind(c);
        }
      } else if (!quotes && (c == '"' || c == '\'')) {
        classes[i] = OTHER;
      } else {
        classes[i] = swap ? swapped((byte) c) : (byte) c;
      }
    }
    return new ClassifiedStream(classes, size);
  }

  /** A text with ASCII as it is and everything else as {@link #OTHER}; for JSON and directives. */
  public static ClassifiedStream ofText(String text) {
    int size = text.length();
    byte[] classes = new byte[size];
    for (int i = 0; i < size; i++) {
      char c = text.charAt(i);
      classes[i] = c < 0x80 ? (byte) c : OTHER;
    }
    return new ClassifiedStream(classes, size);
  }

  /**
   * The number of bytes of the Unicode blank above ASCII that starts here in UTF-8, 0 if none does.
   */
  public static int blankLength(byte[] text, int at, int end) {
    int first = text[at] & 0xff;
    if (first == 0xc2 && at + 1 < end) {
      return isHighBlank(text[at + 1]) ? 2 : 0;
    }
    if ((first < 0xe1 || first > 0xe3) || at + 2 >= end) {
      return 0;
    }
    int second = text[at + 1] & 0xff;
    int third = text[at + 2] & 0xff;
    boolean blank =
        switch (first) {
          case 0xe1 -> second == 0x9a && third == 0x80;
          case 0xe2 ->
              (second == 0x80
                      && ((third >= 0x80 && third <= 0x8a)
                          || third == 0xa8
                          || third == 0xa9
                          || third == 0xaf))
                  || (second == 0x81 && third == 0x9f);
          default -> second == 0x80 && third == 0x80;
        };
    return blank ? 3 : 0;
  }

  private static boolean isHighBlank(byte b) {
    return b == (byte) 0x85 || b == (byte) 0xa0;
  }

  private static byte swapped(byte b) {
    return switch (b) {
      case '\\' -> (byte) '`';
      case '`' -> (byte) '\\';
      default -> b;
    };
  }

  private static byte kind(int codePoint) {
    if (Character.isLetter(codePoint)) {
      return 'a';
    }
    return Character.isDigit(codePoint) ? (byte) '1' : OTHER;
  }

  @Override
  public void consume() {
    if (position >= size) {
      throw new IllegalStateException("cannot consume EOF");
    }
    position++;
  }

  @Override
  public int LA(int offset) {
    if (offset == 0) {
      return 0;
    }
    int at = offset > 0 ? position + offset - 1 : position + offset;
    return at < 0 || at >= size ? IntStream.EOF : classes[at];
  }

  @Override
  public int mark() {
    return -1;
  }

  @Override
  public void release(int marker) {}

  @Override
  public int index() {
    return position;
  }

  @Override
  public void seek(int index) {
    position = Math.min(index, size);
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public String getSourceName() {
    return IntStream.UNKNOWN_SOURCE_NAME;
  }

  /** The classes, for messages of ANTLR's own only. */
  @Override
  public String getText(Interval interval) {
    int from = Math.min(interval.a, size);
    int to = Math.min(interval.b + 1, size);
    return to <= from ? "" : new String(classes, from, to - from, StandardCharsets.US_ASCII);
  }
}
