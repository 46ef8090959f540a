package dev.gatehouse.solver.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatehouse.solver.linux.FileSystems;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A machine that loses its power: of what was written since the last sync, the database's log ends
 * somewhere, and files are gone, empty or there. What was synced is whole, and nothing that is
 * recorded is half.
 */
@Timeout(300)
class PowerCutIT {
  private static final byte[] LAYER = layer();

  @TempDir Path temp;

  private static byte[] layer() {
    try {
      return Tars.of("f", "of a layer", "d/", "", "d/x", "x".repeat(5_000));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What a store held when it was synced, and how long its log was after each change since. */
  private record Past(Set<String> synced, Set<Path> files, List<Long> log) {}

  private static Set<Path> files(Path state) throws IOException {
    try (Stream<Path> all = Files.walk(state)) {
      return new HashSet<>(all.toList());
    }
  }

  private static Path log(Path state) throws IOException {
    try (Stream<Path> all = Files.walk(state)) {
      return all.filter(p -> p.toString().endsWith("-wal")).findFirst().orElseThrow();
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Writes the tree of a client's directory in place, as a context is received again. */
  private static String receive(Store store, String content) throws Exception {
    Optional<ActiveReference> there = Optional.empty();
    for (String id : store.references().search("local", new byte[] {1})) {
      there = store.references().mutable(id);
    }
    try (ActiveReference tree =
        there.isPresent()
            ? there.get()
            : store
                .references()
                .create(
                    Optional.empty(),
                    ReferenceOptions.retained("context", RecordType.LOCAL_SOURCE))) {
      tree.setMetadata("local", new byte[] {1});
      try (LocalMount mount = tree.localMount(false)) {
        Files.writeString(mount.path().resolve("f"), content);
      }
      try (ImmutableReference shown = tree.commitRetained()) {
        shown.setMetadata("kind", new byte[] {1});
        shown.setMetadata("content", bytes(content));
        return shown.id();
      }
    }
  }

  private static String syncedUpTo(Store store) {
    return store
        .database()
        .read(s -> {
          try (ResultSet r =
              s.prepare("SELECT value FROM state WHERE key = 'synced'").executeQuery()) {
            r.next();
            return r.getString(1);
          }
        });
  }

  /**
   * Works on a store and copies it while it is open; empty if the store synced itself meanwhile, as
   * it does every few seconds.
   */
  private static Optional<Past> live(Path state, Path image, Random random) throws Exception {
    Set<String> synced = new HashSet<>();
    List<Long> lengths = new ArrayList<>();
    Set<Path> before;
    try (Store store = Store.open(state, StoreOptions.defaults())) {
      ImmutableReference base = CrashWorkload.step(store, Optional.empty(), random);
      ImmutableReference lazy =
          store.references().layer(Optional.empty(), Tars.info(LAYER), Tars.provider(LAYER));
      lazy.setMetadata("kind", new byte[] {1});
      lazy.setMetadata("content", bytes("of a layer"));
      receive(store, "first");
      ImmutableReference old = CrashWorkload.step(store, Optional.of(base), random);
      store.content().put(bytes("an old blob"));
      store.checkpoint();
      String upTo = syncedUpTo(store);
      for (ImmutableReference r : List.of(base, lazy, old)) {
        synced.add(r.id());
      }
      before = files(state);
      Path log = log(state);
      lengths.add(0L);
      lengths.add(Files.size(log));
      // Synced rows whose files come later: a layer that is unpacked, a directory that changes.
      lazy.materialize();
      lengths.add(Files.size(log));
      receive(store, "second, and longer than the first");
      lengths.add(Files.size(log));
      ImmutableReference r = old;
      for (int i = 0; i < 4; i++) {
        ImmutableReference next = CrashWorkload.step(store, Optional.of(r), random);
        store.content().put(bytes("blob " + i));
        lengths.add(Files.size(log));
        r.close();
        r = next;
      }
      r.close();
      lazy.close();
      base.close();
      copy(state, image);
      if (!syncedUpTo(store).equals(upTo)) {
        return Optional.empty();
      }
    }
    Set<Path> relative = new HashSet<>();
    before.forEach(p -> relative.add(state.relativize(p)));
    return Optional.of(new Past(synced, relative, lengths));
  }

  private static void copy(Path from, Path to) throws Exception {
    assertThat(
            new ProcessBuilder("cp", "-a", from.toString(), to.toString())
                .inheritIO()
                .start()
                .waitFor())
        .isZero();
  }

  /** Loses what the kernel had not written. */
  private static void cut(Path state, Past past, Random random) throws Exception {
    Path log = log(state);
    long length = past.log.get(random.nextInt(past.log.size()));
    try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "rw")) {
      // A log may also end within a change.
      file.setLength(Math.min(file.length(), length + random.nextInt(3_000)));
    }
    for (Path p : files(state)) {
      Path relative = state.relativize(p);
      boolean database = relative.getNameCount() == 1;
      boolean changes = relative.startsWith("snapshots") && p.endsWith("f");
      if (database || !Files.isRegularFile(p)) {
        continue;
      }
      if (!past.files.contains(relative)) {
        switch (random.nextInt(3)) {
          case 0 -> Files.delete(p);
          case 1 -> Files.write(p, new byte[(int) Files.size(p)]);
          default -> {}
        }
      } else if (changes && Files.readString(p).startsWith("second")) {
        Files.write(p, new byte[(int) Files.size(p)]);
      }
    }
    Path database = log.resolveSibling(log.getFileName().toString().replace("-wal", ""));
    Files.deleteIfExists(log.resolveSibling(database.getFileName() + "-shm"));
    try (Connection c = DriverManager.getConnection("jdbc:sqlite:" + database);
        Statement s = c.createStatement()) {
      s.execute("UPDATE state SET value = 'another boot' WHERE key = 'boot'");
    }
  }

  @Test
  void whatWasSyncedIsWholeAndNothingIsHalf() throws Exception {
    assumeTrue(FileSystems.effectiveUser() == 0, "needs root to mount");
    long seed = Long.getLong("gatehouse.crash.seed", System.nanoTime());
    Random random = new Random(seed);
    Optional<Past> lived = Optional.empty();
    Path image = temp;
    for (int attempt = 0; lived.isEmpty(); attempt++) {
      assertThat(attempt).as("attempts to be faster than the store syncs itself").isLessThan(20);
      image = temp.resolve("image" + attempt);
      lived = live(temp.resolve("state" + attempt), image, random);
    }
    Past past = lived.get();
    for (int round = 0; round < 12; round++) {
      Path state = temp.resolve("round" + round);
      copy(image, state);
      cut(state, past, random);
      try (Store store = Store.open(state, StoreOptions.defaults())) {
        String label = "round " + round + ", seed " + seed;
        StoreCrashIT.check(store, state, 1);
        for (String id : past.synced) {
          assertThat(store.references().exists(id)).as(label).isTrue();
        }
        assertThat(store.content().list()).as(label).isNotEmpty();
        assertThat(store.references().search("local", new byte[] {1})).as(label).isEmpty();
        // It works on.
        receive(store, "third");
        try (ImmutableReference r =
            store.references().layer(Optional.empty(), Tars.info(LAYER), Tars.provider(LAYER))) {
          r.materialize();
          try (LocalMount mount = r.localMount(true)) {
            assertThat(mount.path().resolve("d/x")).as(label).hasContent("x".repeat(5_000));
          }
        }
      }
    }
  }
}
