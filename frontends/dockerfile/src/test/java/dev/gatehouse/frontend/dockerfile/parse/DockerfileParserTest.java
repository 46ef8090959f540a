package dev.gatehouse.frontend.dockerfile.parse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DockerfileParserTest {
  @Test
  void joinsContinuedLinesAndLeavesCommentsOut() throws Exception {
    ParsedDockerfile file = parse("RUN a \\ \t\n  # comment\n\n  b\\\\\nRUN c\\");
    assertThat(file.instructions())
        .extracting(InstructionNode::original)
        .containsExactly("RUN a   b\\\\", "RUN c");
    assertThat(file.instructions().get(0).location()).isEqualTo(Range.lines(1, 4));
    assertThat(file.emptyContinuations()).containsExactly(Range.line(4));
  }

  @Test
  void knowsTheRangeOfEveryPart() throws Exception {
    InstructionNode node =
        parse("  COPY --from=a \\\n  --link é\u3000한 \\\n🚀 /d\n").instructions().get(0);
    assertThat(node.range()).isEqualTo(range(1, 2, 3, 5));
    assertThat(node.flagRanges()).containsExactly(range(1, 7, 1, 15), range(2, 2, 2, 8));
    assertThat(node.arguments()).containsExactly("é\u3000한", "🚀", "/d");
    assertThat(node.argumentRanges())
        .containsExactly(range(2, 9, 2, 12), range(3, 0, 3, 2), range(3, 3, 3, 5));
  }

  @Test
  void splitsWordsOfPairsWithTheirQuotes() throws Exception {
    assertThat(
            parse("ENV a=\"b c\" d='e \\' f=g\\ h i=\"j\\\"k\"").instructions().get(0).arguments())
        .containsExactly(
            "a", "\"b c\"", "=", "d", "'e \\'", "=", "f", "g\\ h", "=", "i", "\"j\\\"k\"", "=");
    assertThat(parse("LABEL a  b = c ").instructions().get(0).arguments())
        .containsExactly("a", "b = c", "");
    assertThat(parse("ARG a b=c d\\\\\\").instructions().get(0).arguments())
        .containsExactly("a", "b=c", "d\\\\");
  }

  @Test
  void readsFlagsBeforeTheArgumentsOnly() throws Exception {
    InstructionNode node = parse("RUN --a=\"b c\" --d='e'\\ f -- --g").instructions().get(0);
    assertThat(node.flags()).containsExactly("--a=b c", "--d=e f");
    assertThat(node.arguments()).containsExactly("--g");
    assertThat(parse("RUN - --a").instructions().get(0).arguments()).containsExactly("- --a");
  }

  @Test
  void splitsFlagsByBytesAsTheReferenceDoes() throws Exception {
    // The last byte of U+00E0 in UTF-8 is A0, which is a blank to one who takes bytes for
    // characters.
    InstructionNode node = parse("COPY --chown=é --chmod=à b /d").instructions().get(0);
    assertThat(node.flags()).containsExactly("--chown=Ã©", "--chmod=Ã");
    assertThat(node.arguments()).containsExactly("b", "/d");
  }

  @Test
  void readsArraysOfStringsAndNothingElseAsJson() throws Exception {
    InstructionNode node =
        parse("CMD [\"a\", \"\\u00e9\\n\\ud83d\\ude80\\ud800\" ] ").instructions().get(0);
    assertThat(node.json()).isTrue();
    assertThat(node.arguments()).containsExactly("a", "é\n🚀\ufffd");
    for (String text :
        List.of("[ -f a ]", "['a']", "[\"a\",]", "[\"a\"", "[\"a\"] b", "[\"\t\"]", "[1e999]")) {
      InstructionNode shell = parse("RUN " + text).instructions().get(0);
      assertThat(shell.json()).as(text).isFalse();
      assertThat(shell.arguments()).containsExactly(text);
    }
    for (String text : List.of("[1]", "[null]", "[[]]", "[\"a\", {\"b\": [true, -1.5e3]}]")) {
      assertThatThrownBy(() -> parse("RUN " + text))
          .as(text)
          .hasMessage("when using JSON array syntax, arrays must be comprised of strings only");
    }
  }

  @Test
  void nestedArraysAreNoDanger() throws Exception {
    String deep = "[".repeat(100_000) + "]".repeat(100_000);
    assertThat(parse("RUN " + deep.substring(0, 60_000)).instructions()).hasSize(1);
    assertThatThrownBy(() -> parse("RUN " + "[".repeat(9_000) + "]".repeat(9_000)))
        .isInstanceOf(DockerfileException.class);
  }

  @Test
  void takesWindowsLineEndsAndTheBacktick() throws Exception {
    ParsedDockerfile file = parse("# escape=`\r\nFROM a\r\nRUN dir c:\\ `\r\n  /b\r\n");
    assertThat(file.instructions().get(1).arguments()).containsExactly("dir c:\\   /b");
  }

  @Test
  void replacesBytesThatAreNoText() throws Exception {
    byte[] text = "RUN a\u00ffb".getBytes(StandardCharsets.ISO_8859_1);
    assertThat(DockerfileParser.standard().parse(text).instructions().get(0).arguments())
        .containsExactly("a\ufffdb");
  }

  @Test
  void givesTheInstructionInsideOfOnbuild() throws Exception {
    InstructionNode node = parse("ONBUILD --f  COPY --link a b").instructions().get(0);
    assertThat(node.flags()).containsExactly("--f");
    assertThat(node.arguments()).containsExactly("COPY", "a", "b");
    assertThat(node.trigger().flags()).containsExactly("--link");
    assertThat(node.trigger().original()).isEqualTo("COPY --link a b");
  }

  @Test
  void findsSeveralErrors() {
    assertThatThrownBy(() -> parse("ENV a\nFROM a\nENV b=c d\nRUN [1]\n"))
        .isInstanceOfSatisfying(
            DockerfileException.class,
            e -> {
              assertThat(e).hasMessage("ENV must have two arguments");
              assertThat(e.locations()).containsExactly(List.of(Range.line(1)));
              assertThat(e.hint()).hasValue("write ENV a=VALUE");
              assertThat(e.others())
                  .extracting(Exception::getMessage)
                  .containsExactly(
                      "Syntax error - can't find = in \"d\". Must be of the form: name=value",
                      "when using JSON array syntax, arrays must be comprised of strings only");
            });
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n\n", "# a comment", "#\n"})
  void wantsAnInstruction(String text) {
    assertThatThrownBy(() -> parse(text)).hasMessage("file with no instructions");
  }

  @Test
  void limitsTheLengthOfALine() throws Exception {
    String longest = "RUN " + "a".repeat(DockerfileParser.MAX_LINE - 4);
    assertThat(parse("FROM a\n" + longest).instructions()).hasSize(2);
    assertThatThrownBy(() -> parse("FROM a\n" + longest + "a\nRUN b"))
        .hasMessage("dockerfile line greater than max allowed size of 65535");
  }

  @Test
  void limitsTheSizeOfAFile() {
    assertThatThrownBy(
            () -> DockerfileParser.standard().parse(new byte[DockerfileParser.MAX_BYTES + 1]))
        .isInstanceOf(DockerfileException.class)
        .hasMessageContaining("larger than max allowed size");
  }

  private static Range range(int line, int character, int endLine, int endCharacter) {
    return new Range(new Position(line, character), new Position(endLine, endCharacter));
  }

  private static ParsedDockerfile parse(String text) throws DockerfileException {
    return DockerfileParser.standard().parse(text.getBytes(StandardCharsets.UTF_8));
  }
}
