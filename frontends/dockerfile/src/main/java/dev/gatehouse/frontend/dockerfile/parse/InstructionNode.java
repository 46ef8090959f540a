package dev.gatehouse.frontend.dockerfile.parse;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One instruction as written: keyword, flags and arguments, not yet understood.
 *
 * @param keyword as written ({@code FROM}, {@code from})
 * @param flags the words before the arguments that start with {@code --}, without their quotes and
 *     escapes
 * @param arguments by the kind of instruction: key, value, separator ({@code "="} or {@code ""})
 *     for ENV and LABEL; words for ARG; elements of a JSON array; the type and the command for
 *     HEALTHCHECK; words for lists; else one text
 * @param json whether the arguments were a JSON array of strings
 * @param heredocs here-documents in the order of their bodies
 * @param trigger the instruction inside an ONBUILD; it has no line numbers and no here-documents of
 *     its own
 * @param original the logical line: continuations joined, comments left out
 * @param startLine its first line, from 1
 * @param endLine its last line, here-documents included
 * @param comments the comment lines right before it, without {@code #} and blanks
 * @param range from the keyword to the end of the logical line
 * @param flagRanges the place of each flag
 * @param argumentRanges the places of arguments: one for each of a list, of words and of a JSON
 *     array; one for a pair of ENV or LABEL; none for a separator
 */
public record InstructionNode(
    String keyword,
    List<String> flags,
    List<String> arguments,
    boolean json,
    List<Heredoc> heredocs,
    @Nullable InstructionNode trigger,
    String original,
    int startLine,
    int endLine,
    List<String> comments,
    Range range,
    List<Range> flagRanges,
    List<Range> argumentRanges) {
  public InstructionNode {
    flags = List.copyOf(flags);
    arguments = List.copyOf(arguments);
    heredocs = List.copyOf(heredocs);
    comments = List.copyOf(comments);
    flagRanges = List.copyOf(flagRanges);
    argumentRanges = List.copyOf(argumentRanges);
  }

  /** A range a line, as LLB source maps and errors have it. */
  public List<Range> location() {
    return Range.lines(startLine, endLine);
  }

  /**
   * This node moved to other lines; used for triggers out of a base image, which stand at their
   * FROM.
   */
  public InstructionNode withLines(int startLine, int endLine) {
    return completed(startLine, endLine, comments, heredocs);
  }

  /** This node as read up to its last line. */
  InstructionNode completed(
      int startLine, int endLine, List<String> comments, List<Heredoc> heredocs) {
    return new InstructionNode(
        keyword,
        flags,
        arguments,
        json,
        heredocs,
        trigger,
        original,
        startLine,
        endLine,
        comments,
        range,
        flagRanges,
        argumentRanges);
  }
}
