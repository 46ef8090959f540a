package dev.gatehouse.frontend.dockerfile.parse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DirectivesTest {
  @Test
  void areReadAtTheHeadOfAFile() throws Exception {
    ParsedDockerfile file =
        DockerfileParser.standard()
            .parse(
                bytes(
                    "\ufeff# syntax = a/b:1 // words\n"
                        + "#ESCAPE=`\n"
                        + "# check=skip=all\n"
                        + "# x=y\n"
                        + "FROM a\n"));
    assertThat(file.directives())
        .extracting(Directive::name, Directive::value, Directive::head)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("syntax", "a/b:1 // words", "a/b:1"),
            org.assertj.core.groups.Tuple.tuple("escape", "`", "`"),
            org.assertj.core.groups.Tuple.tuple("check", "skip=all", "skip=all"));
    assertThat(file.escape()).isEqualTo('`');
    assertThat(file.instructions().get(0).comments()).containsExactly("x=y");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "# syntax=x\nFROM a",
        "#!/bin/sh\n# syntax=x\n",
        "\ufeff#syntax = x y\n",
        "//syntax=x\n//other=y",
        "#!/bin/sh\n//syntax=x",
        "{\"a\": [{}, 1e9], \"syntax\": \"x\"}",
        "#!/bin/sh\n{\"syntax\": \"x\"}",
        "# check=a\r\n# syntax=x\r\n"
      })
  void syntaxIsFoundInAnyFile(String text) {
    assertThat(Directives.syntax(bytes(text))).map(Directive::head).hasValue("x");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "FROM a\n# syntax=x\n",
        "# a comment\n# syntax=x\n",
        "\n# syntax=x\n",
        "{\"syntax\": \"x\"",
        "{\"syntax\": \"x\"}\n# syntax=y",
        "{\"syntax\": 1}",
        " # syntax=x"
      })
  void syntaxIsNotFoundElsewhere(String text) {
    assertThat(Directives.syntax(bytes(text))).isEmpty();
  }

  @Test
  void lineOfASyntaxCountsTheInterpreterLine() {
    assertThat(Directives.syntax(bytes("#!/x\n# syntax=x\n")).orElseThrow().location())
        .isEqualTo(List.of(Range.line(2)));
    assertThat(Directives.find("check", bytes("#check=skip=all b\n")).orElseThrow().head())
        .isEqualTo("skip=all");
  }

  @Test
  void cannotBeGivenTwice() {
    assertThatThrownBy(
            () -> DockerfileParser.standard().parse(bytes("# escape=`\n# escape=`\nFROM a")))
        .hasMessage("only one escape parser directive can be used");
    assertThatThrownBy(() -> DockerfileParser.standard().parse(bytes("# escape=x\nFROM a")))
        .hasMessage("invalid escape token 'x' does not match ` or \\");
  }

  @Test
  void aCheckInACommentIsFound() {
    assertThat(Directives.inComment("check=skip=A;error=true because"))
        .hasValue("skip=A;error=true");
    assertThat(Directives.inComment("checked = a")).isEmpty();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
