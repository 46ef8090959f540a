package dev.gatehouse.llb;

/**
 * A range in a source file.
 *
 * @param startLine first line, from 1
 * @param startCharacter first character in it, from 0
 * @param endLine last line, included
 * @param endCharacter character in it; BuildKit's own frontend always says 0 for both
 */
public record SourceRange(int startLine, int startCharacter, int endLine, int endCharacter) {
  /** The lines from {@code first} to {@code last}, both included. */
  public static SourceRange lines(int first, int last) {
    return new SourceRange(first, 0, last, 0);
  }
}
