package dev.gatehouse.frontend.dockerfile.offline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The summary line, in the terms of the recorded {@code summary.tsv}. */
class SummaryTest {
  private static final Path CORPUS = Path.of("../../../shared/corpus");

  @Test
  void linesOfTheCorpusAreThoseThatWereRecorded() throws Exception {
    Path table = CORPUS.resolve("golden/summary.tsv");
    assumeTrue(Files.exists(table), "skipped: no recorded summary");
    OfflineBuild build = OfflineBuild.of(OfflineImages.golden(), "golden");
    List<String> expected = new ArrayList<>();
    List<String> actual = new ArrayList<>();
    for (String row : Files.readAllLines(table)) {
      String[] columns = row.split("\t", -1);
      Map<String, String> options =
          switch (columns[1]) {
            case "default" -> Map.of();
            case "arm64" -> Map.of("platform", "linux/arm64");
            case "multi" -> Map.of("platform", "linux/amd64,linux/arm64");
            case "lint" -> Map.of("requestid", "frontend.lint");
            default -> null;
          };
      if (options == null || columns[0].compareTo("080") > 0) {
        continue;
      }
      String name = columns[0] + "." + columns[1];
      byte[] file = Files.readAllBytes(CORPUS.resolve("dockerfiles/" + columns[0] + ".Dockerfile"));
      String[] line = build.run(file, options).summary(name).split("\t", -1);
      if (columns[2].equals("ok")) {
        expected.add(String.join("\t", name, "ok", columns[3], columns[4], columns[5], columns[6]));
        actual.add(String.join("\t", line));
      } else {
        expected.add(String.join("\t", name, "error", columns[11]));
        actual.add(String.join("\t", line[0], line[1], line[3]));
      }
    }
    assertThat(actual).hasSizeGreaterThan(200).isEqualTo(expected);
  }

  @Test
  void aFailureShowsItsLineAndAHint() throws InterruptedException {
    OfflineBuild.Outcome outcome =
        OfflineBuild.of(OfflineImages.golden(), "s")
            .run(
                "FROM alpine\nRUN true\nFROM alpine AS b\nCOPY --from=9 /a /b\n".getBytes(),
                Map.of());
    assertThat(outcome.summary("f")).isEqualTo("f\terror\t0\tinvalid stage index 9");
    assertThat(outcome.report()).contains("hint: ");
    outcome =
        OfflineBuild.of(OfflineImages.golden(), "s")
            .run("FROM alpine\nVOLUME [\"\"]\n".getBytes(), Map.of());
    assertThat(outcome.report()).contains(">>>    2 | VOLUME");
  }

  @Test
  void imagesOfATableAreTakenByName() throws InterruptedException {
    OfflineImages table =
        OfflineImages.table(
            "{\"alpine\": {\"os\": \"linux\", \"architecture\": \"amd64\", \"config\": {\"Env\": [\"A=b\"]}}}"
                .getBytes());
    OfflineBuild build = OfflineBuild.of(table, "s");
    assertThat(build.run("FROM alpine\nRUN true\n".getBytes(), Map.of()).failure()).isNull();
    assertThat(build.run("FROM debian\n".getBytes(), Map.of()).summary("f"))
        .contains("docker.io/library/debian:latest: not found in the table of images");
  }
}
