package dev.gatehouse.frontend.dockerfile.parse;

/**
 * The physical lines of a file, one after another.
 *
 * <p>A line over {@link DockerfileParser#MAX_LINE} ends the file; {@link #tooLong()} tells.
 */
final class SourceLines {
  private static final byte[] MARK = {(byte) 0xef, (byte) 0xbb, (byte) 0xbf};

  private final byte[] source;
  private int start;
  private int end;
  private int next;
  private boolean tooLong;

  SourceLines(byte[] source, int from) {
    this.source = source;
    this.next = from;
  }

  /** Goes to the next line; false at the end. */
  boolean advance() {
    if (tooLong || next >= source.length) {
      return false;
    }
    start = next;
    int at = start;
    while (at < source.length && source[at] != '\n') {
      at++;
    }
    if (at - start > DockerfileParser.MAX_LINE) {
      tooLong = true;
      return false;
    }
    next = Math.min(at + 1, source.length);
    end = at;
    while (end > start && source[end - 1] == '\r') {
      end--;
    }
    return true;
  }

  /** Leaves out a byte-order mark at the start of the line. */
  void skipMark() {
    if (end - start >= 3
        && source[start] == MARK[0]
        && source[start + 1] == MARK[1]
        && source[start + 2] == MARK[2]) {
      start += 3;
    }
  }

  /** The offset of the line. */
  int start() {
    return start;
  }

  /** The offset of its line end, or of the end of the file. */
  int end() {
    return end;
  }

  /** The offset behind its line end. */
  int next() {
    return next;
  }

  boolean tooLong() {
    return tooLong;
  }
}
