package dev.gatehouse.frontend.dockerfile.parse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HeredocTest {
  @Test
  void takesTheLinesUpToItsWord() throws Exception {
    assertThat(heredocs("RUN <<EOF\n# no comment\n a \\\nEOF \nEOF\nRUN b"))
        .containsExactly(new Heredoc("EOF", 0, true, false, "# no comment\n a \\\nEOF \n"));
  }

  @Test
  void keepsTabsForLaterAndFindsItsIndentedEnd() throws Exception {
    Heredoc heredoc = heredocs("RUN <<-E\n\t\ta\n\tb\tc\n\tE\n").get(0);
    assertThat(heredoc).isEqualTo(new Heredoc("E", 0, true, true, "\t\ta\n\tb\tc\n"));
    assertThat(heredoc.effectiveContent()).isEqualTo("a\nb\tc\n");
  }

  @Test
  void expandsNothingIfAPartOfTheWordIsQuoted() throws Exception {
    assertThat(heredocs("RUN <<'E'\nE")).containsExactly(new Heredoc("E", 0, false, false, ""));
    assertThat(heredocs("RUN <<e\"o f\"\neo f\n"))
        .containsExactly(new Heredoc("eo f", 0, false, false, ""));
    assertThat(heredocs("RUN <<e\\'f\ne'f\n"))
        .containsExactly(new Heredoc("e'f", 0, true, false, ""));
  }

  @Test
  void standOneAfterAnother() throws Exception {
    assertThat(heredocs("COPY <<A 3<<B /d\nB\nA\nA\nB\n"))
        .containsExactly(
            new Heredoc("A", 0, true, false, "B\n"), new Heredoc("B", 3, true, false, "A\n"));
  }

  @Test
  void areTakenByTheInstructionInsideOfOnbuild() throws Exception {
    assertThat(heredocs("ONBUILD RUN <<E\na\nE\n"))
        .containsExactly(new Heredoc("E", 0, true, false, "a\n"));
  }

  @Test
  void keepBytesThatAreNoText() throws Exception {
    byte[] source =
        "COPY <<'E' /d\n\u00e9\u00ff \ud83d\ude80 a\nE\n".getBytes(StandardCharsets.UTF_8);
    byte[] broken = source.clone();
    broken[14] = (byte) 0xff; // the first byte of a letter of two
    broken[source.length - 4] = (byte) 0x80;
    String content =
        DockerfileParser.standard().parse(broken).instructions().get(0).heredocs().get(0).content();
    assertThat(Heredoc.bytes(content)).isEqualTo(Arrays.copyOfRange(broken, 14, broken.length - 2));
    assertThat(Heredoc.text(content)).isEqualTo("\ufffd\ufffd\u00ff \ud83d\ude80 \ufffd\n");
    assertThat(Heredoc.bytes("\ud83d\ude80")).isEqualTo(bytes(0xf0, 0x9f, 0x9a, 0x80));
  }

  private static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  @Test
  void keepTheirLineEnds() throws Exception {
    assertThat(heredocs("RUN <<E\r\na\r\nE\r\n"))
        .containsExactly(new Heredoc("E", 0, true, false, "a\r\n"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "RUN \"<<E\"",
        "RUN [\"<<E\"]",
        "USER <<E",
        "RUN <<<E",
        "RUN a <<",
        "RUN 'unbalanced <<E",
        "RUN x<<E"
      })
  void areNotSeenWhereThereIsNone(String line) throws Exception {
    assertThat(heredocs(line)).isEmpty();
  }

  @Test
  void blanksMayStandBeforeTheWord() throws Exception {
    assertThat(heredocs("RUN << E >f\nE\n")).containsExactly(new Heredoc("E", 0, true, false, ""));
  }

  @Test
  void haveToEnd() {
    assertThatThrownBy(() -> heredocs("RUN <<E\na\n"))
        .isInstanceOfSatisfying(
            DockerfileException.class,
            e -> {
              assertThat(e).hasMessage("unterminated heredoc");
              assertThat(e.locations()).containsExactly(Range.lines(2, 3));
              assertThat(e.hint()).get().asString().contains("nothing but E");
            });
  }

  private static List<Heredoc> heredocs(String text) throws Exception {
    return DockerfileParser.standard()
        .parse(("FROM a\n" + text).getBytes(StandardCharsets.UTF_8))
        .instructions()
        .get(1)
        .heredocs();
  }
}
