package dev.gatehouse.frontend.dockerfile.bench;

import dev.gatehouse.frontend.dockerfile.offline.OfflineBuild;
import dev.gatehouse.frontend.dockerfile.offline.OfflineImages;
import dev.gatehouse.frontend.dockerfile.parse.DockerfileException;
import dev.gatehouse.frontend.dockerfile.parse.DockerfileParser;
import dev.gatehouse.frontend.dockerfile.parse.ParsedDockerfile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/**
 * The corpus's median file and the one at its 99th percentile, warm: parsing alone, and the whole
 * frontend with a gateway in memory.
 *
 * <p>BuildKit's frontend takes 518 and 2,323 microseconds for the whole, 114 and 729 of these to
 * parse (the corpus's {@code golden/README.md}: another machine, idle). The two files are found by
 * measuring all of them first.
 */
public class ConversionBenchmark extends WarmSamples {
  private static final int ROUNDS = 60;

  /** Which file of those that convert, by the time they take. */
  @Param({"0.5", "0.99"})
  public double percentile;

  private final OfflineBuild build = OfflineBuild.of(OfflineImages.golden(), "golden");
  private byte[] file = {};

  /** Made by JMH. */
  public ConversionBenchmark() {}

  private record Timed(byte[] file, long nanoseconds) {}

  /** Finds the file. */
  @Setup
  public void find() throws IOException, InterruptedException {
    List<byte[]> files = new ArrayList<>();
    for (Path path : corpus()) {
      byte[] content = Files.readAllBytes(path);
      if (build.run(content, Map.of()).failure() == null) {
        files.add(content);
      }
    }
    long[][] times = new long[files.size()][ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
      for (int i = 0; i < times.length; i++) {
        long start = System.nanoTime();
        build.run(files.get(i), Map.of());
        times[i][round] = System.nanoTime() - start;
      }
    }
    List<Timed> timed = new ArrayList<>();
    for (int i = 0; i < times.length; i++) {
      Arrays.sort(times[i]);
      timed.add(new Timed(files.get(i), times[i][ROUNDS / 2]));
    }
    timed.sort(Comparator.comparingLong(Timed::nanoseconds));
    file = timed.get((int) (timed.size() * percentile)).file();
  }

  private static List<Path> corpus() throws IOException {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path folder = at.resolve("shared/corpus/dockerfiles");
      if (Files.isDirectory(folder)) {
        try (Stream<Path> all = Files.list(folder)) {
          return all.filter(f -> f.toString().endsWith(".Dockerfile")).sorted().toList();
        }
      }
    }
    throw new IOException("the corpus is not here (shared/corpus beside the repository)");
  }

  /** Reads the file. */
  @Benchmark
  public ParsedDockerfile parse() throws DockerfileException {
    return DockerfileParser.standard().parse(file);
  }

  /** Converts it. */
  @Benchmark
  public OfflineBuild.Outcome convert() throws InterruptedException {
    return build.run(file, Map.of());
  }
}
