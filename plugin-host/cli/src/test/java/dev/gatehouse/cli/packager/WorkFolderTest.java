package dev.gatehouse.cli.packager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class WorkFolderTest {
  @TempDir Path dir;
  private Path folder;
  private Path lock;

  @BeforeEach
  void names() {
    folder = dir.resolve("work");
    lock = dir.resolve("lock");
  }

  private WorkFolder open(Runnable waiting) throws Exception {
    return WorkFolder.open(folder, lock, waiting);
  }

  private static Runnable nobody() {
    return () -> {
      throw new AssertionError("nobody is to be waited for");
    };
  }

  @Test
  void isTheUsersAloneAndGoneAfterwards() throws Exception {
    try (WorkFolder work = open(nobody())) {
      assertThat(work.path()).isEqualTo(folder).isEmptyDirectory();
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
          .isEqualTo("rwx------");
      Files.writeString(folder.resolve("file"), "x");
    }
    assertThat(folder).doesNotExist();
  }

  @Test
  void theNextRunWaitsAndFindsItEmpty() throws Exception {
    try (ExecutorService threads = Executors.newSingleThreadExecutor()) {
      CountDownLatch waiting = new CountDownLatch(1);
      CompletableFuture<Boolean> closed = new CompletableFuture<>();
      WorkFolder first = open(nobody());
      Files.writeString(folder.resolve("file"), "x");
      Future<Boolean> second =
          threads.submit(() -> {
            try (WorkFolder work = open(waiting::countDown)) {
              assertThat(work.path()).isEmptyDirectory();
              return closed.isDone();
            }
          });
      waiting.await();
      closed.complete(true);
      first.close();
      assertThat(second.get()).isTrue();
    }
  }

  /** What the other process does. */
  static final class OtherRun {
    public static void main(String[] arguments) throws Exception {
      WorkFolder work = WorkFolder.open(Path.of(arguments[0]), Path.of(arguments[1]), () -> {});
      Files.writeString(work.path().resolve("half"), "made");
      System.out.println("working");
      System.in.read();
    }
  }

  @Test
  void aRunOfAnotherProcessIsWaitedForAndWhatItLeavesIsRemoved() throws Exception {
    Process other =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-cp",
                    System.getProperty("java.class.path"),
                    OtherRun.class.getName(),
                    folder.toString(),
                    lock.toString()))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader said =
        new BufferedReader(new InputStreamReader(other.getInputStream(), StandardCharsets.UTF_8))) {
      assertThat(said.readLine()).isEqualTo("working");
      assertThat(folder.resolve("half")).exists();
      CountDownLatch waited = new CountDownLatch(1);
      try (WorkFolder work =
          open(() -> {
            waited.countDown();
            other.destroyForcibly();
          })) {
        assertThat(work.path()).isEmptyDirectory();
      }
      assertThat(waited.getCount()).isZero();
    } finally {
      other.destroyForcibly().waitFor();
    }
  }

  @Test
  void aLinkInItsPlaceIsNotFollowed() throws Exception {
    Path elsewhere = Files.createDirectory(dir.resolve("elsewhere"));
    Files.writeString(elsewhere.resolve("file"), "kept");
    Files.createSymbolicLink(folder, elsewhere);
    assertThatThrownBy(() -> open(nobody()).close())
        .isInstanceOf(PackagingException.class)
        .hasMessage(
            folder + " is no folder of this user; delete it or name another java.io.tmpdir");
    assertThat(elsewhere.resolve("file")).hasContent("kept");
    Files.delete(folder);
    Files.delete(lock);
    Files.createSymbolicLink(lock, elsewhere.resolve("file"));
    assertThatThrownBy(() -> open(nobody()).close()).isInstanceOf(IOException.class);
    Files.delete(lock);
    open(nobody()).close(); // Neither failure kept the folder from the next run.
  }
}
