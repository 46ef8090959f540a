package dev.gatehouse.solver.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatehouse.solver.linux.FileSystems;
import dev.gatehouse.solver.linux.Mounts;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of records whose rows cannot be written, and that several use at once. */
@Timeout(120)
class RecordsIT {
  @TempDir Path temp;
  private Store store;
  private References references;

  @BeforeEach
  void open() throws Exception {
    assumeTrue(FileSystems.effectiveUser() == 0, "needs root to mount and to own files");
    store = Store.open(temp.resolve("state"), StoreOptions.defaults());
    references = (References) store.references();
  }

  @AfterEach
  void close() {
    if (store != null) {
      assertThat(store.openHandles()).as("handles left open").isZero();
      store.close();
    }
  }

  private void sql(String sql) {
    store
        .database()
        .write(s -> {
          try (Statement statement = s.connection().createStatement()) {
            return statement.execute(sql);
          }
        });
  }

  private ImmutableReference step(Optional<ImmutableReference> parent, String file)
      throws Exception {
    try (ActiveReference a = references.create(parent, ReferenceOptions.of(file))) {
      write(a, file);
      return a.commit();
    }
  }

  private static void write(ActiveReference a, String file) throws Exception {
    try (LocalMount m = a.localMount(false)) {
      Files.writeString(m.path().resolve(file), file);
    }
  }

  private ActiveReference cacheMount() throws Exception {
    return references.create(
        Optional.empty(), ReferenceOptions.retained("cache", RecordType.CACHE_MOUNT));
  }

  @Test
  void aLayerWhoseRowCannotBeWrittenIsUnpackedAgain() throws Exception {
    byte[] tar = Tars.of("a", "1");
    try (ImmutableReference r =
        references.layer(Optional.empty(), Tars.info(tar), Tars.provider(tar))) {
      sql(
          "CREATE TRIGGER full BEFORE UPDATE OF snapshot ON record"
              + " BEGIN SELECT RAISE(ABORT, 'no room'); END");
      assertThatThrownBy(r::materialize).hasMessageContaining("no room");
      assertThat(r.isLazy()).isTrue();
      sql("DROP TRIGGER full");
      try (LocalMount m = r.localMount(true)) {
        assertThat(m.path().resolve("a")).hasContent("1");
      }
    }
  }

  @Test
  void aTreeThatIsMeasuredCanBeTakenForWriting() throws Exception {
    String id;
    try (ActiveReference a = cacheMount()) {
      id = a.id();
    }
    CountDownLatch measuring = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Long> size =
          threads.submit(() ->
              references.values.sizeOf(
                  id,
                  r -> {
                    measuring.countDown();
                    go.await();
                    return 1;
                  }));
      measuring.await();
      assertThat(references.delete(id)).as("deleted while it is measured").isFalse();
      try (ActiveReference a = references.mutable(id).orElseThrow()) {
        write(a, "more");
      }
      go.countDown();
      assertThat(size.get()).isEqualTo(1);
    }
    // What was measured is not what is there now.
    assertThat(references.values.sizeOf(id, r -> 2)).isEqualTo(2);
    assertThat(references.delete(id)).isTrue();
  }

  @Test
  void whatIsLeasedDuringACollectionStays() throws Exception {
    List<String> ids = new ArrayList<>();
    for (String file : List.of("a", "b", "c")) {
      try (ImmutableReference r = step(Optional.empty(), file)) {
        ids.add(r.id());
      }
    }
    List<String> removed = new ArrayList<>();
    try (Lease lease = store.lease()) {
      store.prune(
          List.of(new GcPolicy(true, List.of(), Duration.ZERO, 0, 0, 0)),
          u -> {
            removed.add(u.id());
            ids.stream().filter(id -> !removed.contains(id)).forEach(lease::addReference);
          });
      assertThat(removed).hasSize(1);
      assertThat(ids.stream().filter(references::exists)).hasSize(2);
    }
  }

  @Test
  void aTreeThatSomethingIsBuiltUponIsNeverGivenOutForWritingAgain() throws Exception {
    String mutable;
    String child;
    try (ActiveReference a = cacheMount()) {
      mutable = a.id();
      write(a, "first");
      try (ImmutableReference shown = a.commitRetained()) {
        // The rows that part the two are lost, as on a disk that is full for a moment.
        sql(
            "CREATE TRIGGER full1 BEFORE UPDATE OF equal_mutable ON record"
                + " BEGIN SELECT RAISE(ABORT, 'no room'); END");
        sql(
            "CREATE TRIGGER full2 BEFORE DELETE ON record"
                + " BEGIN SELECT RAISE(ABORT, 'no room'); END");
        try (ImmutableReference c = step(Optional.of(shown), "second")) {
          child = c.id();
        }
      }
    }
    sql("DROP TRIGGER full1");
    sql("DROP TRIGGER full2");
    for (int opened = 0; opened < 2; opened++) {
      store.close();
      open();
      assertThat(references.mutable(mutable)).isEmpty();
      try (ImmutableReference c = references.get(child).orElseThrow();
          LocalMount m = c.localMount(true)) {
        assertThat(m.path().resolve("first")).exists();
        assertThat(m.path().resolve("second")).exists();
      }
    }
  }

  @Test
  void aStepUponAClosedReferenceLeavesNoSnapshot() throws Exception {
    ImmutableReference closed = step(Optional.empty(), "a");
    closed.close();
    Path snapshots = temp.resolve("state/snapshots");
    List<Path> before = list(snapshots);
    assertThatThrownBy(() -> references.create(Optional.of(closed), ReferenceOptions.of("b")))
        .isInstanceOf(IllegalStateException.class);
    assertThat(list(snapshots)).isEqualTo(before);
  }

  private static List<Path> list(Path directory) throws Exception {
    try (Stream<Path> all = Files.list(directory)) {
      return all.sorted().toList();
    }
  }

  @Test
  void mergesDifferencesAndReadingMountNothing() throws Exception {
    try (ImmutableReference base = step(Optional.empty(), "base");
        ImmutableReference a = step(Optional.of(base), "a");
        ImmutableReference other = step(Optional.empty(), "other");
        ImmutableReference b = step(Optional.of(other), "b");
        ImmutableReference merged = references.merge(List.of(a, b), ReferenceOptions.of("merge"));
        ImmutableReference difference =
            references.diff(Optional.of(b), Optional.of(a), ReferenceOptions.of("diff"))) {
      // The writable mounts are gone with their steps: what is there now came by reading.
      difference.materialize();
      try (LocalTree tree = merged.read()) {
        assertThat(tree.root().readFile("/b", 10)).asString().isEqualTo("b");
        assertThat(tree.root().findStat("/base")).isPresent();
      }
      try (LocalTree tree = difference.read()) {
        assertThat(tree.root().readFile("/a", 10)).asString().isEqualTo("a");
        assertThat(tree.root().findStat("/other")).isEmpty();
      }
      assertThat(Mounts.below(temp)).isEmpty();
    }
  }
}
