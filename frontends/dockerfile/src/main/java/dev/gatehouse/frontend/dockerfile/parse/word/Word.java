package dev.gatehouse.frontend.dockerfile.parse.word;

import java.util.List;

/**
 * A word in parts.
 *
 * @param length of the text it was read from, in UTF-16 units
 */
public record Word(List<WordPart> parts, int length) {
  /** How deep substitutions may stand in each other. */
  public static final int MAX_DEPTH = 100;

  public Word {
    parts = List.copyOf(parts);
  }

  /**
   * Reads a word. Every text is one.
   *
   * @param escape the character that escapes, {@code \} or {@code `}
   * @param quotes whether quotes mean anything
   */
  public static Word parse(String text, char escape, boolean quotes) {
    return WordReader.read(text, escape, quotes);
  }
}
