package dev.gatehouse.frontend.dockerfile.parse;

import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.dockerfile.instruction.Dockerfile;
import dev.gatehouse.frontend.dockerfile.instruction.Instruction;
import dev.gatehouse.frontend.dockerfile.instruction.InstructionParser;
import dev.gatehouse.frontend.dockerfile.instruction.Stage;
import dev.gatehouse.frontend.dockerfile.lint.Linter;
import dev.gatehouse.frontend.dockerfile.offline.OfflineBuild;
import dev.gatehouse.frontend.dockerfile.offline.OfflineImages;
import dev.gatehouse.frontend.dockerfile.shell.Environment;
import dev.gatehouse.frontend.dockerfile.shell.WordExpander;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * What Jazzer runs: reads any bytes as a Dockerfile, expands every word of it, expands the bytes as
 * one word, and converts the file to LLB; lets nothing but the typed error pass.
 */
public final class DockerfileFuzzTarget {
  private static final Environment ENVIRONMENT =
      Environment.of(List.of("A=1", "B=", "C=a b", "PATH=/bin:/usr/bin"));
  private static final OfflineBuild BUILD = OfflineBuild.of(OfflineImages.golden(), "golden");

  private DockerfileFuzzTarget() {}

  /** Called by Jazzer for each input; whatever it throws is a finding. */
  public static void fuzzerTestOneInput(byte[] input) throws InterruptedException {
    Directives.syntax(input);
    Directives.find("check", input);
    read(input);
    word(new String(input, StandardCharsets.UTF_8));
    convert(input);
  }

  private static void read(byte[] input) {
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
      requireText(e.getMessage(), e);
    }
  }

  private static void word(String text) {
    for (char escape : new char[] {'\\', '`'}) {
      try {
        new WordExpander(escape).expand(text, ENVIRONMENT);
      } catch (DockerfileException e) {
        requireText(e.getMessage(), e);
      }
    }
  }

  private static void convert(byte[] input) throws InterruptedException {
    OfflineBuild.Outcome outcome = BUILD.run(input, Map.of());
    FrontendException failure = outcome.failure();
    if (failure == null) {
      outcome.definitions();
    } else {
      requireText(String.valueOf(failure.getMessage()), failure);
      if (failure.category() != FrontendException.Category.USER) {
        throw new IllegalStateException(
            "a bad file is the user's, not " + failure.category(), failure);
      }
    }
    outcome.summary("fuzz");
    outcome.report();
  }

  private static void requireText(String message, Exception error) {
    if (message.isBlank()) {
      throw new IllegalStateException("an error without a message", error);
    }
  }
}
