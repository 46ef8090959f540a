package dev.gatehouse.frontend.dockerfile.parse;

import dev.gatehouse.grammar.dockerfile.ClassifiedStream;

/** Trimming of UTF-8 text by Unicode white space, on its bytes. */
final class Bytes {
  private Bytes() {}

  /** The first offset that is not white space. */
  static int skipSpace(byte[] bytes, int from, int to) {
    int at = from;
    while (at < to) {
      byte b = bytes[at];
      if (b >= 0) {
        if (!isAsciiSpace(b)) {
          return at;
        }
        at++;
      } else {
        int blank = ClassifiedStream.blankLength(bytes, at, to);
        if (blank == 0) {
          return at;
        }
        at += blank;
      }
    }
    return at;
  }

  /** The offset behind the last character that is not white space. */
  static int trimEnd(byte[] bytes, int from, int to) {
    int end = to;
    while (end > from) {
      byte b = bytes[end - 1];
      if (b >= 0) {
        if (!isAsciiSpace(b)) {
          return end;
        }
        end--;
      } else if (end - from >= 2 && ClassifiedStream.blankLength(bytes, end - 2, end) == 2) {
        end -= 2;
      } else if (end - from >= 3 && ClassifiedStream.blankLength(bytes, end - 3, end) == 3) {
        end -= 3;
      } else {
        return end;
      }
    }
    return end;
  }

  static boolean isAsciiSpace(byte b) {
    return b == ' ' || (b >= 9 && b <= 13);
  }
}
