package dev.gatehouse.frontend.dockerfile.parse;

import dev.gatehouse.frontend.dockerfile.instruction.Dockerfile;
import dev.gatehouse.frontend.dockerfile.instruction.Instruction;
import dev.gatehouse.frontend.dockerfile.instruction.InstructionParser;
import dev.gatehouse.frontend.dockerfile.instruction.Stage;
import dev.gatehouse.frontend.dockerfile.lint.Linter;
import dev.gatehouse.frontend.dockerfile.shell.Environment;
import dev.gatehouse.frontend.dockerfile.shell.WordExpander;
import java.util.List;

/**
 * What Jazzer runs: reads any bytes as a Dockerfile, and lets nothing but the typed error pass.
 *
 * <p>{@code mvn -Pfuzz -pl frontends/dockerfile verify} runs it, for {@code -Dfuzz.seconds=3600} as
 * long as that.
 */
public final class DockerfileFuzzTarget {
  private static final Environment ENVIRONMENT = Environment.of(List.of("A=1", "B=", "C=a b"));

  private DockerfileFuzzTarget() {}

  /** Called by Jazzer for each input; whatever it throws is a finding. */
  public static void fuzzerTestOneInput(byte[] input) {
    Directives.syntax(input);
    Directives.find("check", input);
    try {
      Dockerfile file =
          new InstructionParser(Linter.NONE).parse(DockerfileParser.standard().parse(input));
      WordExpander words = new WordExpander(file.escape());
      for (Stage stage : file.stages()) {
        for (Instruction instruction : stage.instructions()) {
          words.withRawQuotes(true).expand(instruction.code(), ENVIRONMENT);
          if (instruction instanceof Instruction.Expandable expandable) {
            expandable.expanded(word -> words.expand(word, ENVIRONMENT).result());
          }
        }
      }
    } catch (DockerfileException e) {
      if (e.getMessage().isBlank()) {
        throw new IllegalStateException("an error without a message", e);
      }
    }
  }
}
