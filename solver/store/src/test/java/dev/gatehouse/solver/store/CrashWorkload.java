package dev.gatehouse.solver.store;

import dev.gatehouse.solver.core.Digest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** Works on a store in every way until it is killed. Run as a process of its own. */
final class CrashWorkload {
  private CrashWorkload() {}

  public static void main(String[] args) throws Exception {
    Store store = Store.open(Path.of(args[0]), StoreOptions.defaults());
    long seed = Long.parseLong(args[1]);
    System.out.println("ready");
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      Random random = new Random(seed + i);
      threads.add(Thread.ofPlatform().start(() -> work(store, random)));
    }
    for (Thread t : threads) {
      t.join();
    }
  }

  private static void work(Store store, Random random) {
    try {
      while (true) {
        switch (random.nextInt(6)) {
          case 0 -> steps(store, random);
          case 1 -> layers(store, random);
          case 2 -> ingests(store, random);
          case 3 -> retained(store, random);
          case 4 -> combined(store, random);
          default -> {
            store.prune(
                List.of(new GcPolicy(true, List.of(), Duration.ZERO, 0, 2_000_000, 0)), r -> {});
            if (random.nextInt(4) == 0) {
              store.checkpoint();
            }
          }
        }
      }
    } catch (Exception e) {
      e.printStackTrace();
      System.out.println("failed " + e);
    }
  }

  /** A step whose record says what its file holds. */
  static ImmutableReference step(Store store, Optional<ImmutableReference> parent, Random random)
      throws Exception {
    try (ActiveReference a = store.references().create(parent, ReferenceOptions.of("step"))) {
      String content = "content " + random.nextLong();
      try (LocalMount m = a.localMount(false)) {
        Files.writeString(m.path().resolve("f"), content);
        Files.write(m.path().resolve("pad"), new byte[random.nextInt(50_000)]);
      }
      a.setMetadata("content", content.getBytes(StandardCharsets.UTF_8));
      a.setMetadata("kind", new byte[] {1});
      return a.commit();
    }
  }

  private static void steps(Store store, Random random) throws Exception {
    ImmutableReference r = step(store, Optional.empty(), random);
    for (int i = random.nextInt(4); i > 0; i--) {
      ImmutableReference next = step(store, Optional.of(r), random);
      r.close();
      r = next;
    }
    r.close();
  }

  private static void layers(Store store, Random random) throws Exception {
    String content = "layer " + random.nextInt(20);
    byte[] tar = Tars.of("f", content, "d/", "", "d/x", content);
    try (ImmutableReference r =
        store.references().layer(Optional.empty(), Tars.info(tar), Tars.provider(tar))) {
      r.setMetadata("content", content.getBytes(StandardCharsets.UTF_8));
      r.setMetadata("kind", new byte[] {1});
      if (random.nextBoolean()) {
        r.materialize();
        step(store, Optional.of(r), random).close();
      }
    }
  }

  private static void ingests(Store store, Random random) throws Exception {
    byte[] bytes = new byte[random.nextInt(200_000)];
    new Random(random.nextInt(50)).nextBytes(bytes);
    Digest digest = Digest.sha256(bytes);
    try (Ingest i = store.content().ingest(digest.toString(), Optional.of(digest), bytes.length)) {
      int from = (int) i.offset();
      int half = from + (bytes.length - from) / 2;
      i.write(bytes, from, half - from);
      if (random.nextInt(3) == 0) {
        return;
      }
      i.write(bytes, half, bytes.length - half);
      i.commit();
    }
    if (random.nextInt(5) == 0) {
      store.content().delete(digest);
    }
  }

  private static void retained(Store store, Random random) throws Exception {
    byte[] key = {(byte) random.nextInt(3)};
    ActiveReference a = null;
    for (String id : store.references().search("retained", key)) {
      try {
        a = store.references().mutable(id).orElse(null);
      } catch (StoreException e) {
        continue;
      }
      if (a != null) {
        break;
      }
    }
    if (a == null) {
      a =
          store
              .references()
              .create(Optional.empty(), ReferenceOptions.retained("cache", RecordType.CACHE_MOUNT));
      a.setMetadata("retained", key);
    }
    try (ActiveReference m = a) {
      try (LocalMount mount = m.localMount(false)) {
        Files.writeString(mount.path().resolve("f" + random.nextInt(10)), "x");
      }
      if (random.nextBoolean()) {
        try (ImmutableReference shown = m.commitRetained()) {
          if (random.nextInt(3) == 0) {
            step(store, Optional.of(shown), random).close();
          }
        }
      }
    }
  }

  private static void combined(Store store, Random random) throws Exception {
    try (ImmutableReference a = step(store, Optional.empty(), random);
        ImmutableReference b = step(store, Optional.of(a), random);
        ImmutableReference c = step(store, Optional.of(a), random);
        ImmutableReference d =
            store.references().diff(Optional.of(a), Optional.of(b), ReferenceOptions.of("diff"));
        ImmutableReference m =
            store.references().merge(List.of(c, d), ReferenceOptions.of("merge"))) {
      m.setMetadata("content", b.metadata("content").orElseThrow());
      m.setMetadata("kind", new byte[] {1});
      m.materialize();
    }
  }
}
