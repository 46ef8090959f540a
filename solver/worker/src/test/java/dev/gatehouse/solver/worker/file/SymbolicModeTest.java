package dev.gatehouse.solver.worker.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SymbolicModeTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "755 | 600 | false | 755",
        "4755 | 600 | false | 4755",
        "u+x | 644 | false | 744",
        "a+x | 644 | false | 755",
        "+x | 644 | false | 755",
        "go-rwx | 755 | false | 700",
        "u=rwX,go=rX | 644 | false | 644",
        "u=rwX,go=rX | 600 | true | 755",
        "u=rwX,go=rX | 700 | false | 755",
        "g=u | 640 | false | 660",
        "o=g-w | 664 | false | 664",
        "u+s | 755 | false | 4755",
        "g+s | 755 | true | 2755",
        "+t | 777 | true | 1777",
        "o+t | 777 | true | 777",
        "a= | 777 | false | 0",
        "u-x,g+w | 750 | false | 670",
        "u+r-x | 700 | false | 600",
      })
  void changes(String text, String from, boolean directory, String to) {
    assertThat(
            Integer.toOctalString(
                SymbolicMode.parse(text.strip())
                    .apply(Integer.parseInt(from.strip(), 8), directory)))
        .isEqualTo(to.strip());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "8", "17777", "u", "x+r", "u+q", "u+r,", "u=r,,g=r", "99999999999"})
  void refuses(String text) {
    assertThatThrownBy(() -> SymbolicMode.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("invalid mode \"" + text + "\": invalid syntax");
  }

  /** chmod(1) without a umask is the measure. */
  @Test
  void agreesWithChmod(@TempDir Path temp) throws Exception {
    Path file = Files.createFile(temp.resolve("f"));
    List<String> modes =
        List.of(
            "a+rX",
            "u=rw,g=r,o=",
            "ug+w,o-r",
            "g=u",
            "o=u",
            "u=g",
            "go=u-w",
            "u+x,g=u",
            "u=rwx,go=u-w");
    for (int start : new int[] {0644, 0600, 0751, 0070, 0707, 0111, 0}) {
      for (String mode : modes) {
        Process p =
            new ProcessBuilder(
                    "sh",
                    "-c",
                    "umask 0; chmod %o f && chmod %s f && stat -c %%a f".formatted(start, mode))
                .directory(temp.toFile())
                .redirectErrorStream(true)
                .start();
        String expected = new String(p.getInputStream().readAllBytes()).strip();
        assertThat(Integer.toOctalString(SymbolicMode.parse(mode).apply(start, false)))
            .as("%o %s", start, mode)
            .isEqualTo(expected);
      }
    }
    assertThat(file).exists();
  }
}
