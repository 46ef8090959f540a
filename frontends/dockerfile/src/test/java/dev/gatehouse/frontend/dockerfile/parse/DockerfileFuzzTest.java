package dev.gatehouse.frontend.dockerfile.parse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.gatehouse.frontend.dockerfile.instruction.Dockerfile;
import dev.gatehouse.frontend.dockerfile.instruction.InstructionParser;
import dev.gatehouse.frontend.dockerfile.instruction.RunInstruction;
import dev.gatehouse.frontend.dockerfile.instruction.Stage;
import dev.gatehouse.frontend.dockerfile.lint.Linter;
import dev.gatehouse.frontend.dockerfile.shell.Environment;
import dev.gatehouse.frontend.dockerfile.shell.WordExpander;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * No input makes anything but a result or the typed error, and none of a megabyte takes over a
 * second.
 *
 * <p>{@code -Dgatehouse.fuzz.seed} and {@code -Dgatehouse.fuzz.seconds} choose another run; one of
 * a minute or more tries all hostile inputs, a shorter one some of them.
 */
class DockerfileFuzzTest {
  private static final long SEED = Long.getLong("gatehouse.fuzz.seed", 20260821);
  private static final int SECONDS = Integer.getInteger("gatehouse.fuzz.seconds", 2);

  /**
   * The processor time that an input may take: far more where the machine may be slow and busy,
   * which still tells what does not grow in proportion.
   */
  private static final long LIMIT = (SECONDS >= 60 ? 1 : 30) * 1_000_000_000L;

  private static final Environment ENVIRONMENT =
      Environment.of(List.of("A=1", "B=", "PATH=/bin:/usr/bin", "KOREAN=한국어"));

  private static final List<String> FRAGMENTS =
      List.of(
          "FROM ",
          "from a as b",
          "RUN ",
          "COPY ",
          "ADD ",
          "ONBUILD ",
          "HEALTHCHECK ",
          "CMD ",
          "ENV ",
          "ARG ",
          "LABEL ",
          "SHELL ",
          "VOLUME ",
          "EXPOSE ",
          "USER ",
          "WORKDIR ",
          "STOPSIGNAL ",
          "MAINTAINER ",
          "ENTRYPOINT ",
          "\n",
          "\r\n",
          "\\\n",
          "`\n",
          "\\ \t\n",
          "# syntax=x\n",
          "# escape=`\n",
          "# check=skip=all;error=true\n",
          "#",
          "<<EOF",
          "<<-\"E F\"",
          "3<<E",
          "EOF\n",
          "E\n",
          "[\"a\"]",
          "[",
          "]",
          "{",
          "}",
          "[1]",
          "\"",
          "'",
          "\\",
          "`",
          "$",
          "${",
          "${A:-",
          "${B:+",
          "${A:?",
          "${PATH##*",
          "${PATH%%:",
          "${PATH//",
          "/",
          "}",
          ":",
          "=",
          "a=b",
          " ",
          "\t",
          "\u00a0",
          "\u3000",
          "\u0085",
          "--",
          "--mount=type=cache,target=/x",
          "--from=b",
          "--link",
          "--chmod=0",
          "--network=none",
          "--interval=1s",
          "--retries=3",
          "*",
          "?",
          "é",
          "한",
          "🚀",
          "\ufeff",
          "\0",
          "CMD x",
          "NONE",
          "as",
          "1",
          "/bin",
          "\u0001",
          "\u007f");

  @Test
  void randomBytesGiveAResultOrTheTypedError() throws IOException {
    Random random = new Random(SEED);
    List<byte[]> seeds = seeds();
    long end = System.nanoTime() + SECONDS * 1_000_000_000L;
    int runs = 0;
    int understood = 0;
    while (System.nanoTime() < end) {
      byte[] input = input(random, seeds);
      long start = cpuTime();
      try {
        if (read(input)) {
          understood++;
        }
      } catch (Throwable e) {
        fail("seed %d, run %d: %s".formatted(SEED, runs, quoted(input)), e);
      }
      assertThat(cpuTime() - start).as("time of seed %d, run %d", SEED, runs).isLessThan(LIMIT);
      runs++;
    }
    System.out.println("fuzz: " + runs + " inputs, " + understood + " understood");
    assertThat(understood).isPositive();
  }

  private static List<String> hostile() {
    int size = 1 << 20;
    List<String> texts = new ArrayList<>();
    for (String unit :
        List.of(
            "ONBUILD ",
            "[",
            "{\"a\":",
            "a ",
            "\"",
            "'",
            "${a:-",
            "$",
            "${",
            "\\",
            "\\\n",
            "\\\n\n",
            "#\n",
            "\n",
            "<<E ",
            "--x ",
            "--x=\"",
            "한 ",
            "\u3000",
            "é",
            "a=b ",
            "a=\"${x:-y}\" ",
            "${x//a/b}",
            ",",
            "\"a\",",
            "`",
            "\r",
            "\0",
            "FROM a\n",
            "RUN a\n",
            "<",
            "=",
            "\t")) {
      for (String head :
          List.of(
              "",
              "FROM a\nRUN ",
              "FROM a\nENV ",
              "FROM a\nCOPY ",
              "FROM a\nCMD [\"a\",",
              "ARG x=")) {
        texts.add(head + unit.repeat(size / unit.getBytes(StandardCharsets.UTF_8).length));
      }
    }
    // Lines as long as they may be, joined into one instruction, which no limit of lines stops.
    for (String unit :
        List.of("a ", "한 ", "a=b ", "${a:-", "[", "\"", "${x//a/b}", "<<E ", "'a' ")) {
      String line = unit.repeat(60_000 / unit.getBytes(StandardCharsets.UTF_8).length) + "\\\n";
      for (String head : List.of("RUN ", "ENV ", "COPY ", "ONBUILD RUN ", "CMD [", "LABEL a=")) {
        texts.add(
            "FROM a\n" + head + line.repeat(size / line.getBytes(StandardCharsets.UTF_8).length));
      }
    }
    Collections.shuffle(texts, new Random(SEED));
    return SECONDS >= 60 ? texts : texts.subList(0, 10);
  }

  @Test
  void hostileMegabytesTakeUnderASecond() {
    List<String> slow = new ArrayList<>();
    hostile()
        .forEach(text -> {
          byte[] input = text.getBytes(StandardCharsets.UTF_8);
          long best = Long.MAX_VALUE;
          // A second try tells a slow input from a slow moment of the machine.
          for (int i = 0; i < 3 && best > LIMIT; i++) {
            long start = cpuTime();
            try {
              read(input);
            } catch (Throwable e) {
              fail(quoted(input), e);
            }
            best = Math.min(best, cpuTime() - start);
          }
          if (best > LIMIT) {
            slow.add(best / 1_000_000 + " ms: " + quoted(input));
          }
        });
    assertThat(slow).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("patterns")
  void patternsAreMatchedWithoutBacktracking(String word) throws Exception {
    long start = cpuTime();
    Environment environment = Environment.of(List.of("A=" + "a".repeat(5_000) + "c"));
    try {
      new WordExpander('\\').expand(word, environment);
    } catch (DockerfileException e) {
      assertThat(e).hasMessageContaining("too costly");
    }
    assertThat(cpuTime() - start).isLessThan(LIMIT);
  }

  static Stream<String> patterns() {
    String stars = "a*".repeat(500) + "b";
    return Stream.of("${A#" + stars + "}", "${A%%" + stars + "}", "${A//" + stars + "/x}");
  }

  /** Processor time of this thread: a busy machine makes no test fail. */
  private static long cpuTime() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  private static boolean read(byte[] input) {
    Directives.syntax(input);
    Directives.find("check", input);
    try {
      ParsedDockerfile parsed = DockerfileParser.standard().parse(input);
      Dockerfile file = new InstructionParser(Linter.NONE).parse(parsed);
      for (Stage stage : file.stages()) {
        for (var instruction : stage.instructions()) {
          expand(instruction, file.escape());
        }
      }
      return true;
    } catch (DockerfileException e) {
      assertThat(e.getMessage()).isNotBlank();
      return false;
    }
  }

  private static void expand(
      dev.gatehouse.frontend.dockerfile.instruction.Instruction instruction, char escape)
      throws DockerfileException {
    WordExpander words = new WordExpander(escape);
    if (instruction
        instanceof
        dev.gatehouse.frontend.dockerfile.instruction.Instruction.Expandable expandable) {
      expandable.expanded(word -> words.expand(word, ENVIRONMENT).result());
    }
    if (instruction instanceof RunInstruction run) {
      words
          .withRawQuotes(true)
          .withRawEscapes(true)
          .withSkipUnset(true)
          .expand(run.code(), ENVIRONMENT);
    }
  }

  private static List<byte[]> seeds() throws IOException {
    List<byte[]> seeds = new ArrayList<>();
    seeds.add("FROM a\nRUN <<EOF\nx\nEOF\n".getBytes(StandardCharsets.UTF_8));
    Path folder;
    try {
      folder = Corpus.folder("dockerfiles");
    } catch (org.opentest4j.TestAbortedException e) {
      return seeds;
    }
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".Dockerfile")).sorted().toList()) {
        seeds.add(Files.readAllBytes(file));
      }
    }
    return seeds;
  }

  private static byte[] input(Random random, List<byte[]> seeds) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    if (random.nextInt(3) == 0) {
      byte[] seed = seeds.get(random.nextInt(seeds.size())).clone();
      int changes = 1 + random.nextInt(8);
      for (int i = 0; i < changes && seed.length > 0; i++) {
        int at = random.nextInt(seed.length);
        if (random.nextBoolean()) {
          seed[at] = (byte) random.nextInt(256);
        } else {
          byte[] fragment = fragment(random);
          for (int k = 0; k < fragment.length && at + k < seed.length; k++) {
            seed[at + k] = fragment[k];
          }
        }
      }
      out.writeBytes(seed);
      if (random.nextInt(4) == 0) {
        return java.util.Arrays.copyOf(out.toByteArray(), random.nextInt(seed.length + 1));
      }
    } else {
      if (random.nextInt(4) != 0) {
        out.writeBytes("FROM a\n".getBytes(StandardCharsets.UTF_8));
      }
      int fragments = random.nextInt(40);
      for (int i = 0; i < fragments; i++) {
        if (random.nextInt(10) == 0) {
          out.write(random.nextInt(256));
        } else {
          out.writeBytes(fragment(random));
        }
      }
    }
    return out.toByteArray();
  }

  private static byte[] fragment(Random random) {
    return FRAGMENTS.get(random.nextInt(FRAGMENTS.size())).getBytes(StandardCharsets.UTF_8);
  }

  private static String quoted(byte[] input) {
    String text = new String(input, StandardCharsets.ISO_8859_1);
    return GoText.quote(text.length() > 300 ? text.substring(0, 300) : text)
        + " ("
        + input.length
        + " bytes)";
  }
}
