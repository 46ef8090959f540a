package dev.gatehouse.frontend.dockerfile.parse.word;

import java.util.List;

/**
 * A part of a word. Where something is missing or wrong the part says so, for it depends on what
 * stands before it whether an evaluation ever gets there. {@code end} is the offset behind what was
 * read of such a part.
 */
public sealed interface WordPart {
  /** Characters that stand for themselves. */
  record Text(String text) implements WordPart {}

  /**
   * An escape and the character it takes the meaning from; {@code character} is empty at the end of
   * a word.
   */
  record Escaped(String character) implements WordPart {}

  /** An escape in double quotes that stands for itself. */
  record LoneEscape() implements WordPart {}

  /** {@code <<} and the blanks behind it, which do not end a word. */
  record HeredocMark(String text) implements WordPart {}

  /** Text in single quotes. */
  record SingleQuoted(String text, boolean closed, int end) implements WordPart {}

  /** Parts in double quotes. */
  record DoubleQuoted(List<WordPart> parts, boolean closed, int end) implements WordPart {}

  /** A dollar sign before nothing that could be a name. */
  record Dollar() implements WordPart {}

  /** {@code $name}, or {@code ${name}} if braced. */
  record Variable(String name, boolean braced) implements WordPart {}

  /**
   * {@code ${nameOword}}, where O is {@code + - ? # %} or a colon and any other character.
   *
   * @param operator as written, one or two characters
   */
  record Conditional(String name, String operator, List<WordPart> word, boolean closed, int end)
      implements WordPart {}

  /**
   * {@code ${name/pattern/replacement}}.
   *
   * @param all whether it was written with two slashes
   */
  record Replacement(
      String name,
      boolean all,
      List<WordPart> pattern,
      boolean patternClosed,
      List<WordPart> replacement,
      boolean closed,
      int end)
      implements WordPart {}

  /** What cannot be understood, with the reason. */
  record Broken(String message, int end) implements WordPart {}
}
