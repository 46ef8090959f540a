package dev.gatehouse.frontend.dockerfile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatehouse.frontend.dockerfile.offline.OfflineBuild;
import dev.gatehouse.frontend.dockerfile.offline.OfflineImages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Converts real Dockerfiles and compares everything with what BuildKit's own frontend made of them.
 *
 * <p>{@code -Dgolden.cases=001,002.lint} runs some cases and {@code -Dgolden.details=true} prints
 * what differs in full.
 */
class GoldenCorpusTest {
  private static final Path CORPUS = Path.of("../../../shared/corpus");

  /** Cases that differ on purpose, with the reason. */
  private static final Map<String, String> DIFFERENT =
      Map.of("164.targets", "BuildKit crashes here; this frontend answers");

  @Test
  void everyCaseIsEqual() throws Exception {
    assumeTrue(Files.isDirectory(CORPUS.resolve("golden")), "skipped: no recorded cases");
    String only = System.getProperty("golden.cases", "");
    List<Path> files = new ArrayList<>();
    try (Stream<Path> all = Files.list(CORPUS.resolve("golden"))) {
      all.filter(f -> f.getFileName().toString().matches("\\d+.*\\.json"))
          .filter(f ->
              only.isEmpty()
                  || List.of(only.split(","))
                      .contains(f.getFileName().toString().replace(".json", "")))
          .sorted()
          .forEach(files::add);
    }
    OfflineBuild build = OfflineBuild.of(OfflineImages.golden(), "golden");
    Map<String, List<String>> differences = new TreeMap<>();
    int different = 0;
    ExecutorService executor =
        Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
    try {
      List<Callable<Void>> tasks = new ArrayList<>();
      for (Path file : files) {
        tasks.add(() -> {
          String name = file.getFileName().toString().replace(".json", "");
          List<String> found = compare(build, file);
          if (!found.isEmpty()) {
            synchronized (differences) {
              differences.put(name, found);
            }
          }
          return null;
        });
      }
      for (Future<Void> done : executor.invokeAll(tasks)) {
        done.get();
      }
    } finally {
      executor.shutdownNow();
    }
    for (String expected : DIFFERENT.keySet()) {
      if (differences.remove(expected) != null) {
        different++;
      }
    }
    int equal = files.size() - differences.size() - different;
    System.out.println(equal + " of " + files.size() + " cases are equal");
    DIFFERENT.forEach((name, reason) -> System.out.println("left: " + name + ": " + reason));
    boolean details = Boolean.getBoolean("golden.details");
    differences.forEach((name, found) ->
        System.out.println(name + ": " + (details ? String.join("\n    ", found) : first(found))));
    assertThat(differences.keySet()).isEmpty();
  }

  private static String first(List<String> found) {
    String text = found.get(0);
    return (text.length() > 400 ? text.substring(0, 400) + "..." : text).replace("\n", "\\n")
        + (found.size() > 1 ? " (and " + (found.size() - 1) + " more)" : "");
  }

  private static List<String> compare(OfflineBuild build, Path file) throws IOException {
    GoldenCase recorded = GoldenCase.read(file);
    byte[] dockerfile =
        Files.readAllBytes(CORPUS.resolve("dockerfiles").resolve(recorded.id() + ".Dockerfile"));
    try {
      return recorded.compare(build.run(dockerfile, recorded.options()), dockerfile);
    } catch (Exception | StackOverflowError e) {
      StringBuilder trace = new StringBuilder(e.toString());
      for (StackTraceElement element : e.getStackTrace()) {
        trace.append(" < ").append(element);
      }
      return List.of(trace.toString());
    }
  }
}
