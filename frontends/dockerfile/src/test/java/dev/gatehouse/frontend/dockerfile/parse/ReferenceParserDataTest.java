package dev.gatehouse.frontend.dockerfile.parse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** BuildKit's own parser data: what it makes of a file, what it refuses, which lines it counts. */
class ReferenceParserDataTest {
  @TestFactory
  Stream<DynamicTest> parsesAsTheReference() throws IOException {
    return folders("testfiles")
        .map(folder ->
            DynamicTest.dynamicTest(
                folder.getFileName().toString(),
                () ->
                    assertThat(dump(parse(folder.resolve("Dockerfile"))))
                        .isEqualTo(Files.readString(folder.resolve("result")).strip())));
  }

  @TestFactory
  Stream<DynamicTest> refusesWhatTheReferenceRefuses() throws IOException {
    return folders("testfiles-negative")
        .map(folder ->
            DynamicTest.dynamicTest(
                folder.getFileName().toString(),
                () ->
                    assertThatThrownBy(() -> parse(folder.resolve("Dockerfile")))
                        .isInstanceOf(DockerfileException.class)));
  }

  @Test
  void countsLines() throws Exception {
    ParsedDockerfile file =
        parse(Corpus.folder("buildkit-parser").resolve("parser/testfile-line/Dockerfile"));
    assertThat(file.instructions())
        .extracting(node -> node.startLine() + "-" + node.endLine())
        .containsExactly("5-5", "11-12", "17-31");
  }

  private static ParsedDockerfile parse(Path path) throws Exception {
    return DockerfileParser.standard().parse(Files.readAllBytes(path));
  }

  private static Stream<Path> folders(String kind) throws IOException {
    try (Stream<Path> list = Files.list(Corpus.folder("buildkit-parser/parser/" + kind))) {
      return list.sorted().toList().stream();
    }
  }

  private static String dump(ParsedDockerfile file) {
    return file.instructions().stream()
        .map(node -> "(" + dump(node) + ")")
        .collect(Collectors.joining("\n"));
  }

  private static String dump(InstructionNode node) {
    StringBuilder out = new StringBuilder(node.keyword().toLowerCase(Locale.ROOT));
    if (!node.flags().isEmpty()) {
      out.append(" [").append(quoted(node.flags())).append("]");
    }
    if (node.trigger() != null) {
      return out.append(" (").append(dump(node.trigger())).append(")").toString();
    }
    if (!node.arguments().isEmpty()) {
      out.append(" ").append(quoted(node.arguments()));
    }
    return out.toString();
  }

  private static String quoted(List<String> values) {
    return values.stream().map(GoText::quote).collect(Collectors.joining(" "));
  }
}
