package dev.gatehouse.frontend.dockerfile.parse;

import java.util.List;

/**
 * The syntax tree of a Dockerfile.
 *
 * @param instructions in source order
 * @param directives parser directives in source order
 * @param escape the escape character, {@code \} or {@code `}
 * @param emptyContinuations for each instruction that has blank lines inside a continuation, the
 *     line it ends on
 */
public record ParsedDockerfile(
    List<InstructionNode> instructions,
    List<Directive> directives,
    char escape,
    List<Range> emptyContinuations) {
  public ParsedDockerfile {
    instructions = List.copyOf(instructions);
    directives = List.copyOf(directives);
    emptyContinuations = List.copyOf(emptyContinuations);
  }
}
