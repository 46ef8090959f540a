package dev.gatehouse.solver.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.linux.FileSystems;
import dev.gatehouse.solver.linux.Mounts;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kills a process that works on a store, again and again on the same state. */
class StoreCrashIT {
  private static final int ROUNDS = Integer.getInteger("gatehouse.crash.rounds", 4);

  @TempDir Path temp;

  @Test
  void whateverIsRecordedIsThereAfterAKill() throws Exception {
    assumeTrue(FileSystems.effectiveUser() == 0, "needs root to mount");
    Path state = temp.resolve("state");
    long seed = Long.getLong("gatehouse.crash.seed", System.nanoTime());
    Random random = new Random(seed);
    int seen = 0;
    for (int round = 0; round < ROUNDS; round++) {
      kill(state, seed + round * 1000L, 150 + random.nextInt(900));
      try (Store store = Store.open(state, StoreOptions.defaults())) {
        seen += check(store, state, seed);
      }
      assertThat(Mounts.below(temp)).isEmpty();
    }
    assertThat(seen).as("records that survived, seed " + seed).isGreaterThan(ROUNDS);
  }

  private void kill(Path state, long seed, int millis) throws Exception {
    Path out = temp.resolve("out");
    Files.deleteIfExists(out);
    Files.createFile(out);
    Process p =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                CrashWorkload.class.getName(),
                state.toString(),
                Long.toString(seed))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .redirectOutput(out.toFile())
            .start();
    try {
      while (!Files.readString(out).startsWith("ready")) {
        assertThat(p.isAlive()).isTrue();
        Thread.sleep(10);
      }
      Thread.sleep(millis);
    } finally {
      p.destroyForcibly().waitFor();
    }
    assertThat(Files.readAllLines(out)).noneMatch(line -> line.startsWith("failed"));
  }

  static int check(Store store, Path state, long seed) throws Exception {
    String label = "seed " + seed;
    for (BlobInfo b : store.content().list()) {
      byte[] bytes = store.content().read(b.digest());
      assertThat(bytes).as(label).hasSize((int) b.size());
      assertThat(Digest.sha256(bytes)).as(label).isEqualTo(b.digest());
    }
    List<String> ids = store.references().search("kind", new byte[] {1});
    for (String id : ids) {
      try (ImmutableReference r = store.references().get(id).orElseThrow()) {
        String expected = new String(r.metadata("content").orElseThrow(), StandardCharsets.UTF_8);
        if (r.isLazy()
            && r.blob().isPresent()
            && !store.content().contains(r.blob().get().digest())) {
          continue; // Never pulled: nothing to look at.
        }
        try (LocalMount m = r.localMount(true)) {
          assertThat(Files.readString(m.path().resolve("f"))).as(label).isEqualTo(expected);
        }
      }
    }
    List<UsageRecord> usage = store.diskUsage(List.of());
    assertThat(usage).as(label).noneMatch(UsageRecord::inUse);
    for (String directory : List.of("tmp")) {
      try (Stream<Path> s = Files.list(state.resolve(directory))) {
        assertThat(s).as(label).isEmpty();
      }
    }
    if (seed % 3 == 0) {
      store.prune(List.of(new GcPolicy(true, List.of(), Duration.ZERO, 0, 0, 0)), r -> {});
      assertThat(store.diskUsage(List.of())).as(label).isEmpty();
    }
    return ids.size();
  }
}
