package dev.gatehouse.frontend.dockerfile.parse;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/** The shared corpora beside the repository. */
public final class Corpus {
  private Corpus() {}

  /** A folder of the corpora; the test is skipped where it is absent. */
  public static Path folder(String name) {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path folder = at.resolve("shared/corpus").resolve(name);
      if (Files.isDirectory(folder)) {
        return folder;
      }
    }
    assumeTrue(
        false, "the corpus " + name + " is not here (../shared/corpus beside the repository)");
    throw new AssertionError();
  }
}
