package dev.gatehouse.frontend.dockerfile.instruction;

import java.util.List;

/**
 * A Dockerfile understood: global arguments and stages.
 *
 * @param globalArguments ARG instructions before the first FROM
 * @param stages in source order; empty if the file has none
 * @param escape the escape character of its words
 */
public record Dockerfile(List<ArgInstruction> globalArguments, List<Stage> stages, char escape) {
  public Dockerfile {
    globalArguments = List.copyOf(globalArguments);
    stages = List.copyOf(stages);
  }
}
