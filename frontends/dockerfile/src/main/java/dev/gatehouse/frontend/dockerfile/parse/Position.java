package dev.gatehouse.frontend.dockerfile.parse;

/**
 * A point in a source file.
 *
 * @param line from 1; 0 stands for "before the first line"
 * @param character from 0, in UTF-16 units of the line
 */
public record Position(int line, int character) implements Comparable<Position> {
  public Position {
    if (line < 0 || character < 0) {
      throw new IllegalArgumentException("negative position " + line + ":" + character);
    }
  }

  @Override
  public int compareTo(Position other) {
    return line != other.line
        ? Integer.compare(line, other.line)
        : Integer.compare(character, other.character);
  }

  @Override
  public String toString() {
    return line + ":" + character;
  }
}
