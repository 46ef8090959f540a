package dev.gatehouse.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Each change must end a wait; one that never ends fails by the timeout. */
@Timeout(120)
class FileWatchTest {
  @TempDir Path temporary;
  private Path dir;

  @BeforeEach
  void resolve() throws Exception {
    dir = temporary.toRealPath();
  }

  @Test
  void filesAndWholeFoldersAreWatched() throws Exception {
    Path file = Files.writeString(dir.resolve("file"), "one");
    Path folder = Files.createDirectories(dir.resolve("folder/deep/er"));
    try (FileWatch watch = FileWatch.of(List.of(file), List.of(dir.resolve("folder")), List.of())) {
      Files.writeString(file, "two");
      watch.await();
      Files.writeString(folder.resolve("new"), "x");
      watch.await();
      Files.createDirectories(dir.resolve("folder/a/b"));
      watch.await();
      Files.writeString(dir.resolve("folder/a/b/c"), "x");
      watch.await();
    }
  }

  @Test
  void whatGoesAndComesAgainIsWatchedAgain() throws Exception {
    Path classes = dir.resolve("target/classes");
    try (FileWatch watch = FileWatch.of(List.of(), List.of(classes), List.of())) {
      Files.createDirectories(classes);
      watch.await();
      Files.writeString(classes.resolve("A"), "x");
      watch.await();
      Files.delete(classes.resolve("A"));
      Files.delete(classes);
      Files.delete(dir.resolve("target"));
      watch.await();
      Files.createDirectories(classes);
      watch.await();
      Files.writeString(classes.resolve("B"), "x");
      watch.await();
    }
  }

  @Test
  void whatIsExcludedAndWhatLiesBesideDoesNotCount() throws Exception {
    Path out = Files.createDirectories(dir.resolve("context/out"));
    Path git = Files.createDirectories(dir.resolve("context/.git"));
    Path file = Files.writeString(dir.resolve("file"), "one");
    try (FileWatch watch =
        FileWatch.of(List.of(file), List.of(dir.resolve("context")), List.of(out))) {
      Files.writeString(out.resolve("result"), "x");
      Files.writeString(git.resolve("index"), "x");
      Files.writeString(dir.resolve("beside"), "x");
      CompletableFuture<Boolean> waiting =
          CompletableFuture.supplyAsync(() -> {
            try {
              watch.await();
              return Files.exists(dir.resolve("counts"));
            } catch (Exception e) {
              throw new IllegalStateException(e);
            }
          });
      Files.writeString(dir.resolve("counts"), "x");
      Files.writeString(file, "two");
      Assertions.assertThat(waiting.get(60, TimeUnit.SECONDS)).isTrue();
    }
  }
}
