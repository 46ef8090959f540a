package dev.gatehouse.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class MainTest {
  @Test
  void aWrongCommandLineIsToldInTwoLines() {
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    PrintStream err = new PrintStream(said, true, StandardCharsets.UTF_8);

    assertThat(Main.run(err, err, "build", "--plaform", "linux/amd64", ".")).isEqualTo(2);

    assertThat(said.toString(StandardCharsets.UTF_8))
        .isEqualTo(
            """
            gatehouse: unknown option --plaform, did you mean --platform?
            see gatehouse build --help
            """);
  }
}
