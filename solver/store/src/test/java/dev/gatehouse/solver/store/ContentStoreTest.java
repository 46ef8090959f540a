package dev.gatehouse.solver.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.solver.core.Digest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContentStoreTest {
  private static final byte[] HELLO = "hello".getBytes(StandardCharsets.UTF_8);

  @TempDir Path temp;
  Store store;
  ContentStore content;

  @BeforeEach
  void open() throws Exception {
    store = Store.open(temp.resolve("state"), new StoreOptions(StoreOptions.Snapshotter.NATIVE));
    content = store.content();
  }

  @AfterEach
  void close() {
    store.close();
  }

  @Test
  void resumesAcrossRestarts() throws Exception {
    Digest digest = Digest.sha256(HELLO);
    try (Ingest i = content.ingest("x", Optional.of(digest), 5)) {
      i.write(HELLO, 0, 3);
    }
    assertThat(content.contains(digest)).isFalse();
    store.close();
    open();
    try (Ingest i = content.ingest("x", Optional.of(digest), 5)) {
      assertThat(i.offset()).isEqualTo(3);
      i.write(HELLO, 3, 2);
      assertThat(i.commit().size()).isEqualTo(5);
    }
    assertThat(content.read(digest)).isEqualTo(HELLO);
    store.close();
    open();
    assertThat(content.read(digest)).isEqualTo(HELLO);
    try (BlobReader r = content.open(digest)) {
      content.delete(digest);
      assertThat(r.stream(2).readAllBytes()).isEqualTo("llo".getBytes(StandardCharsets.UTF_8));
    }
    assertThatThrownBy(() -> content.open(digest)).hasMessage("content " + digest + ": not found");
  }

  @Test
  void othersSeeNothing() throws Exception {
    content.put(HELLO);
    Path state = temp.resolve("state");
    try (var files = Files.list(state)) {
      for (Path file : files.toList()) {
        if (!file.endsWith("reserve")) { // zeros
          assertThat(Files.getPosixFilePermissions(file))
              .as(file.toString())
              .doesNotContain(
                  PosixFilePermission.OTHERS_READ,
                  PosixFilePermission.OTHERS_WRITE,
                  PosixFilePermission.GROUP_READ);
        }
      }
    }
  }

  @Test
  void refusesWhatDoesNotMatch() throws Exception {
    Digest other = Digest.sha256("other");
    try (Ingest i = content.ingest("x", Optional.of(other), -1)) {
      i.write(HELLO, 0, 5);
      assertThatThrownBy(i::commit)
          .hasMessage(
              "content " + other + " does not match its digest: got " + Digest.sha256(HELLO));
    }
    try (Ingest i = content.ingest("x", Optional.of(other), 4)) {
      assertThat(i.offset()).as("nothing of the wrong bytes is kept").isZero();
      assertThatThrownBy(() -> i.write(HELLO, 0, 5))
          .hasMessageContaining("longer than the 4 bytes");
    }
    assertThat(content.list()).isEmpty();
  }

  @Test
  void oneWriterAtATime() throws Exception {
    Ingest first = content.ingest("x", Optional.empty(), -1);
    CompletableFuture<Long> second =
        CompletableFuture.supplyAsync(() -> {
          try (Ingest i = content.ingest("x", Optional.empty(), -1)) {
            return i.offset();
          } catch (Exception e) {
            throw new AssertionError(e);
          }
        });
    first.write(HELLO, 0, 5);
    Thread.sleep(50);
    assertThat(second.isDone()).isFalse();
    first.close();
    assertThat(second.get()).isEqualTo(5);
  }

  @Test
  void filesAndRowsAgreeAfterOpening() throws Exception {
    Digest a = content.put(HELLO).digest();
    Digest b = content.put("b".getBytes(StandardCharsets.UTF_8)).digest();
    store.close();
    Path blobs = temp.resolve("state/content/blobs/sha256");
    Files.delete(blobs.resolve(a.encoded()));
    Files.writeString(blobs.resolve("stray"), "x");
    open();
    assertThat(content.contains(a)).isFalse();
    assertThat(content.contains(b)).isTrue();
    assertThat(blobs.resolve("stray")).doesNotExist();
  }

  @Test
  void isLocked() {
    assertThatThrownBy(() -> Store.open(temp.resolve("state"), StoreOptions.defaults()))
        .isInstanceOf(StoreException.class)
        .hasMessageEndingWith("is in use by another process");
  }

  @Test
  void databaseGroupsUpdatesAndRollsBackOnlyTheBad() throws Exception {
    Database db = store.database();
    db.migrate("test", 1, "CREATE TABLE t(x INTEGER PRIMARY KEY)");
    db.migrate("test", 1, "this is not run again");
    CompletableFuture<?>[] all = new CompletableFuture<?>[200];
    for (int i = 0; i < all.length; i++) {
      int n = i;
      all[i] =
          CompletableFuture.runAsync(() -> {
            try {
              db.write(s -> {
                var p = s.prepare("INSERT INTO t(x) VALUES(?)");
                p.setInt(1, n / 2); // Every other one violates the key.
                return p.executeUpdate();
              });
            } catch (java.io.UncheckedIOException e) {
              assertThat(e).hasMessageContaining("UNIQUE");
            }
          });
    }
    CompletableFuture.allOf(all).get();
    int count =
        db.read(s -> {
          try (var r = s.prepare("SELECT count(*) FROM t").executeQuery()) {
            r.next();
            return r.getInt(1);
          }
        });
    assertThat(count).isEqualTo(100);
  }

  @Test
  void leasesKeepBlobs() throws Exception {
    Lease persistent = store.persistentLease("history/1");
    Digest a = content.put(HELLO).digest();
    persistent.add(a);
    store.close();
    open();
    store.prune(java.util.List.of(), r -> {});
    assertThat(content.contains(a)).isTrue();
    store.deleteLease("history/1");
    store.prune(java.util.List.of(), r -> {});
    assertThat(content.contains(a)).as("young blobs have grace").isTrue();
  }
}
