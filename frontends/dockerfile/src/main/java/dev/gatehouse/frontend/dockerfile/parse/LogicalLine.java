package dev.gatehouse.frontend.dockerfile.parse;

import java.util.Arrays;

/**
 * An instruction's text: physical lines joined at their continuations, and where each of its bytes
 * comes from.
 *
 * <p>Positions are asked for in rising order, mostly; the last one is remembered so that a long
 * line is not counted again and again.
 */
final class LogicalLine {
  private final byte[] source;
  private byte[] text = new byte[256];
  private int length;
  private int[] starts = new int[8];
  private int[] origins = new int[8];
  private int[] lines = new int[8];
  private int[] lineStarts = new int[8];
  private int pieces;
  private int lastPiece;
  private int lastOrigin;
  private int lastUnits;

  LogicalLine(byte[] source) {
    this.source = source;
  }

  void clear() {
    length = 0;
    pieces = 0;
    lastPiece = -1;
  }

  /** Adds a section of a physical line that starts at {@code lineStart}. */
  void add(int from, int to, int line, int lineStart) {
    if (pieces == starts.length) {
      starts = Arrays.copyOf(starts, pieces * 2);
      origins = Arrays.copyOf(origins, pieces * 2);
      lines = Arrays.copyOf(lines, pieces * 2);
      lineStarts = Arrays.copyOf(lineStarts, pieces * 2);
    }
    starts[pieces] = length;
    origins[pieces] = from;
    lines[pieces] = line;
    lineStarts[pieces] = lineStart;
    pieces++;
    int size = to - from;
    if (length + size > text.length) {
      text = Arrays.copyOf(text, Math.max(length + size, text.length * 2));
    }
    System.arraycopy(source, from, text, length, size);
    length += size;
  }

  byte[] text() {
    return text;
  }

  int length() {
    return length;
  }

  boolean contains(byte first, byte second) {
    for (int i = 0; i + 1 < length; i++) {
      if (text[i] == first && text[i + 1] == second) {
        return true;
      }
    }
    return false;
  }

  /** The place of a section of this line in the file. */
  Range range(int from, int to) {
    Position start = position(from, false);
    Position end = to <= from ? start : position(to, true);
    return end.compareTo(start) < 0 ? new Range(start, start) : new Range(start, end);
  }

  /**
   * @param end whether the position is meant as the end of what stands before it
   */
  private Position position(int offset, boolean end) {
    int piece = Arrays.binarySearch(starts, 0, pieces, end ? offset - 1 : offset);
    if (piece < 0) {
      piece = -piece - 2;
    }
    // Of several pieces that start at one offset all but the last are empty.
    while (piece + 1 < pieces && starts[piece + 1] == starts[piece]) {
      piece++;
    }
    int origin = origins[piece] + offset - starts[piece];
    int units;
    if (piece == lastPiece && origin >= lastOrigin) {
      units = lastUnits + SourceText.units(source, lastOrigin, origin);
    } else {
      units = SourceText.units(source, lineStarts[piece], origin);
    }
    lastPiece = piece;
    lastOrigin = origin;
    lastUnits = units;
    return new Position(lines[piece], units);
  }
}
