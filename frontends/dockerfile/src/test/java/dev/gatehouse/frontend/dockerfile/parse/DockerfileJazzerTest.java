package dev.gatehouse.frontend.dockerfile.parse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Looks for bytes that make {@link DockerfileFuzzTarget} throw or hang, guided by coverage, from
 * the corpora's smaller files on.
 *
 * <p>Bounded by a number of inputs and by 20 seconds, whichever comes first, and always the same
 * inputs for the same code; {@code -Dgatehouse.fuzz.seconds=3600} looks that long, at all of the
 * corpora, and at other inputs each time.
 */
class DockerfileJazzerTest {
  private static final int SECONDS = Integer.getInteger("gatehouse.fuzz.seconds", 20);
  private static final boolean LONG = SECONDS >= 60;
  private static final int SEEDS = LONG ? Integer.MAX_VALUE : 60;

  private static final List<String> DICTIONARY =
      List.of(
          "FROM ",
          "RUN ",
          "COPY --from=",
          "ADD --checksum=sha256:",
          "ONBUILD ",
          "HEALTHCHECK --interval=",
          "CMD [",
          "--mount=type=",
          "--platform=$",
          "--exclude=",
          "<<EOF",
          "EOF",
          "${A:-",
          "${A//",
          "${A##",
          "# syntax=",
          "# check=skip=",
          "# escape=`",
          " AS ",
          "SOURCE_DATE_EPOCH=");

  @Test
  void noInputMakesAnythingButAResultOrTheTypedError(@TempDir Path folder)
      throws IOException, InterruptedException {
    assumeTrue(
        System.getProperty("os.name").equals("Linux")
            && List.of("amd64", "x86_64").contains(System.getProperty("os.arch")),
        "skipped: the fuzzer's library is for Linux on amd64");
    Path found = Files.createDirectory(folder.resolve("found"));
    Path seeds = seeds(Files.createDirectory(folder.resolve("seeds")));
    Path dictionary = folder.resolve("dictionary");
    Files.writeString(
        dictionary, String.join("\n", DICTIONARY.stream().map(w -> '"' + w + '"').toList()));
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-Xmx1g",
            "-XX:+UseSerialGC",
            "-XX:+EnableDynamicAgentLoading",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-classpath",
            System.getProperty("java.class.path"),
            "com.code_intelligence.jazzer.Jazzer",
            "--target_class=" + DockerfileFuzzTarget.class.getName(),
            "--instrumentation_includes=dev.gatehouse.**",
            "-dict=" + dictionary,
            "-max_len=4096",
            "-max_total_time=" + SECONDS,
            // An input that takes this long hangs, also on a slow and busy machine.
            "-timeout=" + (LONG ? 10 : 60),
            "-rss_limit_mb=0"));
    if (!LONG) {
      command.addAll(List.of("-seed=20260821", "-runs=2000"));
    }
    command.add(found.toString());
    command.add(seeds.toString());
    Path log = folder.resolve("log");
    Process fuzzer =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      assertThat(fuzzer.waitFor(SECONDS + 600L, TimeUnit.SECONDS)).as("ends").isTrue();
    } finally {
      fuzzer.destroyForcibly();
    }
    List<String> lines = Files.readAllLines(log);
    List<String> last = lines.subList(Math.max(0, lines.size() - 60), lines.size());
    assertThat(fuzzer.exitValue()).as(String.join("\n", last)).isZero();
    String done =
        lines.stream()
            .filter(line -> line.toLowerCase(Locale.ROOT).startsWith("done "))
            .findFirst()
            .orElseThrow(() -> new AssertionError(String.join("\n", last)));
    System.out.println("fuzzer: " + done);
  }

  private static Path seeds(Path folder) throws IOException {
    List<Path> files = new ArrayList<>();
    for (String corpus : List.of("dockerfiles", "buildkit-parser")) {
      try (Stream<Path> all = Files.walk(Corpus.folder(corpus))) {
        all.filter(file -> file.getFileName().toString().endsWith("Dockerfile"))
            .sorted(
                Comparator.comparingLong((Path file) -> file.toFile().length())
                    .thenComparing(Path::toString))
            .limit(SEEDS / 2)
            .forEach(files::add);
      }
    }
    for (int i = 0; i < files.size(); i++) {
      Files.copy(files.get(i), folder.resolve(Integer.toString(i)));
    }
    return folder;
  }
}
