package dev.gatehouse.frontend.dockerfile.shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.frontend.dockerfile.parse.Corpus;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** BuildKit's own data of word expansion. */
class ReferenceWordDataTest {
  private static final List<String> VARIABLES =
      List.of("PWD=/home", "SHELL=bash", "KOREAN=한국어", "NULL=");

  @TestFactory
  Stream<DynamicTest> expandsVariables() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    int number = 0;
    for (String raw :
        Files.readAllLines(Corpus.folder("buildkit-parser").resolve("shell/envVarTest"))) {
      number++;
      String line = raw.strip();
      if (raw.startsWith("#") || line.isEmpty()) {
        continue;
      }
      String[] fields = line.split("\\|", -1);
      assertThat(fields).hasSize(3);
      if (fields[0].strip().equals("W")) {
        continue;
      }
      String input = fields[1].stripTrailing().strip();
      String expected = fields[2].strip();
      tests.add(
          DynamicTest.dynamicTest(
              number + ": " + input, () -> check(input, expected, Environment.of(VARIABLES))));
    }
    return tests.stream();
  }

  private static void check(String input, String expected, Environment environment)
      throws Exception {
    WordExpander expander = new WordExpander('\\');
    if (expected.equals("error")) {
      assertThatThrownBy(() -> expander.expand(input, environment))
          .isInstanceOf(ExpansionException.class);
    } else {
      assertThat(expander.expand(input, environment).result()).isEqualTo(expected);
    }
  }

  @TestFactory
  Stream<DynamicTest> splitsWords() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    List<String> variables = new ArrayList<>();
    int number = 0;
    for (String line :
        Files.readAllLines(Corpus.folder("buildkit-parser").resolve("shell/wordsTest"))) {
      number++;
      if (line.startsWith("#") || line.isEmpty()) {
        continue;
      }
      if (line.startsWith("ENV ")) {
        variables.add(line.substring(4).stripLeading());
        continue;
      }
      String[] fields = line.split("\\|", 2);
      String input = fields[0].strip();
      String expected = fields[1].stripLeading();
      Environment environment = Environment.of(List.copyOf(variables));
      tests.add(
          DynamicTest.dynamicTest(
              number + ": " + input,
              () -> {
                WordExpander expander = new WordExpander('\\');
                if (expected.strip().equals("error")) {
                  assertThatThrownBy(() -> expander.expand(input, environment))
                      .isInstanceOf(ExpansionException.class);
                } else {
                  assertThat(expander.expand(input, environment).words())
                      .containsExactly(expected.split(",", -1));
                }
              }));
    }
    return tests.stream();
  }
}
