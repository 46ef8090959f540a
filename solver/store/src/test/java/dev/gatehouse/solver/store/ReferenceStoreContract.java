package dev.gatehouse.solver.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.linux.FileSystems;
import dev.gatehouse.solver.linux.Mounts;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every way to lay trees on disk keeps. */
abstract class ReferenceStoreContract {
  private static final GcPolicy ALL = new GcPolicy(true, List.of(), Duration.ZERO, 0, 0, 0);

  @TempDir Path temp;
  Store store;
  ReferenceStore references;

  abstract StoreOptions.Snapshotter snapshotter();

  @BeforeEach
  void open() throws Exception {
    assumeTrue(FileSystems.effectiveUser() == 0, "needs root to mount and to own files");
    store = Store.open(temp.resolve("state"), new StoreOptions(snapshotter()));
    references = store.references();
  }

  @AfterEach
  void close() throws Exception {
    if (store != null) {
      assertThat(store.openHandles()).as("handles left open").isZero();
      assertThat(store.openMounts()).as("mounts left").isZero();
      store.close();
      assertThat(Mounts.below(temp)).isEmpty();
    }
  }

  private void reopen() throws Exception {
    store.close();
    open();
  }

  interface Body {
    void run(Path root) throws Exception;
  }

  ImmutableReference step(ImmutableReference parent, Body body) throws Exception {
    try (ActiveReference a =
        references.create(Optional.ofNullable(parent), ReferenceOptions.of("step"))) {
      try (LocalMount m = a.localMount(false)) {
        body.run(m.path());
      }
      return a.commit();
    }
  }

  static List<String> files(ImmutableReference r) throws Exception {
    try (LocalMount m = r.localMount(true);
        Stream<Path> walk = Files.walk(m.path())) {
      TreeSet<String> names = new TreeSet<>();
      walk.forEach(p -> names.add(m.path().relativize(p).toString()));
      names.remove("");
      return List.copyOf(names);
    }
  }

  static String read(ImmutableReference r, String path) throws Exception {
    try (LocalMount m = r.localMount(true)) {
      return Files.readString(m.path().resolve(path));
    }
  }

  @Test
  void stepsBuildUponEachOtherAndSurviveRestarts() throws Exception {
    String id;
    try (ImmutableReference a =
            step(
                null,
                root -> {
                  Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwxr-x---"));
                  Files.writeString(root.resolve("a"), "one");
                  Files.createDirectories(root.resolve("d/e"));
                  Files.writeString(root.resolve("d/e/f"), "deep");
                });
        ImmutableReference b =
            step(
                a,
                root -> {
                  Files.writeString(root.resolve("a"), "two");
                  Files.delete(root.resolve("d/e/f"));
                  Files.writeString(root.resolve("b"), "new");
                })) {
      id = b.id();
      assertThat(read(a, "a")).isEqualTo("one");
      assertThat(files(a)).containsExactly("a", "d", "d/e", "d/e/f");
      assertThat(files(b)).containsExactly("a", "b", "d", "d/e");
      try (LocalMount m = b.localMount(true)) {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(m.path())))
            .isEqualTo("rwxr-x---");
      }
      b.setMetadata("key", new byte[] {1});
      b.setMetadata("large", new byte[10_000]);
      assertThat(b.size()).isPositive();
    }
    reopen();
    try (ImmutableReference b = references.get(id).orElseThrow();
        ImmutableReference a = b.parent().orElseThrow()) {
      assertThat(files(b)).containsExactly("a", "b", "d", "d/e");
      assertThat(read(b, "a")).isEqualTo("two");
      assertThat(read(a, "a")).isEqualTo("one");
      assertThat(b.metadata("key")).hasValue(new byte[] {1});
      assertThat(b.metadata("large").orElseThrow()).hasSize(10_000);
      assertThat(references.search("key", new byte[] {1})).containsExactly(id);
      assertThat(b.layers()).hasSize(2).allSatisfy(ImmutableReference::close);
      assertThat(b.description()).isEqualTo("step");
    }
  }

  @Test
  void droppedStepsLeaveNothing() throws Exception {
    try (ActiveReference a = references.create(Optional.empty(), ReferenceOptions.of("x"))) {
      try (LocalMount m = a.localMount(false)) {
        Files.writeString(m.path().resolve("f"), "x");
      }
    }
    assertThat(store.diskUsage(List.of())).isEmpty();
    store.close();
    try (Stream<Path> s = Files.list(temp.resolve("state/snapshots"))) {
      assertThat(s).isEmpty();
    }
    open();
  }

  @Test
  void layersAreLazyOnceAndShared() throws Exception {
    byte[] one = Tars.of("etc/", "", "etc/a", "1", "gone", "x", "dir/", "", "dir/x", "x");
    byte[] two = Tars.of("etc/b", "2", ".wh.gone", "", "dir/.wh..wh..opq", "", "dir/y", "y");
    AtomicInteger fetched = new AtomicInteger();
    LayerProvider slow =
        (layer, content) -> {
          Thread.sleep(30);
          fetched.incrementAndGet();
          content.put(layer.digest().equals(Tars.info(one).digest()) ? one : two);
        };
    String id;
    try (ImmutableReference base = references.layer(Optional.empty(), Tars.info(one), slow);
        ImmutableReference top = references.layer(Optional.of(base), Tars.info(two), slow);
        ImmutableReference again = references.layer(Optional.of(base), Tars.info(two), slow)) {
      id = top.id();
      assertThat(again.id()).isEqualTo(top.id());
      assertThat(top.isLazy()).isTrue();
      assertThat(fetched).hasValue(0);
      List<CompletableFuture<Void>> all = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        all.add(
            CompletableFuture.runAsync(
                () -> {
                  try {
                    assertThat(files(top)).containsExactly("dir", "dir/y", "etc", "etc/a", "etc/b");
                  } catch (Exception e) {
                    throw new AssertionError(e);
                  }
                },
                java.util.concurrent.Executors.newVirtualThreadPerTaskExecutor()));
      }
      for (CompletableFuture<Void> f : all) {
        f.get();
      }
      assertThat(fetched).hasValue(2);
      assertThat(top.isLazy()).isFalse();
      assertThat(top.chainId()).isPresent();
      assertThat(top.blob().orElseThrow().annotations()).containsEntry("a", "b");
    }
    reopen();
    try (ImmutableReference top = references.get(id).orElseThrow()) {
      assertThat(files(top)).containsExactly("dir", "dir/y", "etc", "etc/a", "etc/b");
    }
  }

  @Test
  void aWrongOfferOfALayerSpoilsNoLaterOne() throws Exception {
    byte[] one = Tars.of("a", "1");
    LayerInfo right = Tars.info(one);
    LayerProvider nothing =
        (layer, content) -> {
          throw new IOException("there is no " + layer.digest());
        };
    LayerInfo elsewhere =
        new LayerInfo(
            Digest.sha256("elsewhere"),
            7,
            right.mediaType(),
            right.diffId(),
            right.annotations(),
            "cache");
    LayerInfo otherSize =
        new LayerInfo(
            right.digest(), 7, right.mediaType(), right.diffId(), right.annotations(), "cache");
    for (LayerInfo wrong : List.of(elsewhere, otherSize)) {
      try (ImmutableReference r = references.layer(Optional.empty(), wrong, nothing)) {
        assertThatThrownBy(r::fetchBlob).hasMessageContaining("there is no");
      }
    }
    reopen();
    try (ImmutableReference r = references.layer(Optional.empty(), right, Tars.provider(one))) {
      assertThat(r.fetchBlob()).isEqualTo(right);
      assertThat(files(r)).containsExactly("a");
    }
  }

  @Test
  void lazyLayersNeedAProvider() throws Exception {
    byte[] one = Tars.of("a", "1");
    String id;
    try (ImmutableReference r =
        references.layer(
            Optional.empty(),
            Tars.info(one),
            (layer, content) -> {
              throw new IOException("registry is away");
            })) {
      id = r.id();
      assertThatThrownBy(() -> r.localMount(true)).hasMessage("registry is away");
    }
    reopen();
    try (ImmutableReference r = references.get(id).orElseThrow()) {
      assertThatThrownBy(() -> r.localMount(true))
          .isInstanceOf(StoreException.class)
          .hasMessageEndingWith("is not here, and nobody provides it");
    }
    try (ImmutableReference r = references.get(id, Tars.provider(one)).orElseThrow()) {
      assertThat(read(r, "a")).isEqualTo("1");
    }
  }

  @Test
  void brokenLayersAreRefused() throws Exception {
    byte[] one = Tars.of("a", "1");
    LayerInfo good = Tars.info(one);
    LayerInfo wrong =
        new LayerInfo(
            good.digest(),
            good.size(),
            good.mediaType(),
            dev.gatehouse.solver.core.Digest.sha256("other"),
            good.annotations(),
            "");
    try (ImmutableReference r = references.layer(Optional.empty(), wrong, Tars.provider(one))) {
      assertThatThrownBy(() -> r.localMount(true)).hasMessageContaining("diff id");
      assertThat(r.isLazy()).isTrue();
    }
  }

  @Test
  void retainedTreesAreExclusiveAndShowTheirState() throws Exception {
    String id;
    try (ActiveReference a =
        references.create(
            Optional.empty(), ReferenceOptions.retained("cache", RecordType.CACHE_MOUNT))) {
      id = a.id();
      try (LocalMount m = a.localMount(false)) {
        Files.writeString(m.path().resolve("f"), "kept");
      }
      assertThatThrownBy(() -> references.mutable(id)).hasMessage("reference " + id + " is locked");
    }
    reopen();
    String shown;
    try (ActiveReference a = references.mutable(id).orElseThrow()) {
      try (LocalMount m = a.localMount(false)) {
        assertThat(Files.readString(m.path().resolve("f"))).isEqualTo("kept");
      }
      try (ImmutableReference i = a.commitRetained()) {
        shown = i.id();
        assertThat(read(i, "f")).isEqualTo("kept");
        assertThatThrownBy(() -> references.mutable(id)).hasMessageContaining("locked");
      }
    }
    assertThat(references.exists(shown)).isTrue();
    assertThat(store.diskUsage(List.of())).hasSize(1);
    reopen();
    try (ActiveReference a = references.mutable(id).orElseThrow()) {
      assertThat(references.exists(shown)).isFalse();
      try (ImmutableReference i = a.commitRetained();
          ImmutableReference child = step(i, root -> Files.writeString(root.resolve("g"), "x"))) {
        assertThat(references.mutable(id)).as("parted for good").isEmpty();
        assertThat(files(child)).containsExactly("f", "g");
      }
    }
    reopen();
    assertThat(references.mutable(id)).isEmpty();
    assertThat(store.diskUsage(List.of())).hasSize(2);
  }

  @Test
  void mergesAndDifferences() throws Exception {
    try (ImmutableReference base =
            step(
                null,
                root -> {
                  Files.writeString(root.resolve("base"), "b");
                  Files.createDirectory(root.resolve("d"));
                  Files.writeString(root.resolve("d/base"), "b");
                  Files.createDirectory(root.resolve("cleared"));
                  Files.writeString(root.resolve("cleared/x"), "x");
                });
        ImmutableReference left =
            step(
                base,
                root -> {
                  Files.writeString(root.resolve("d/left"), "l");
                  Files.delete(root.resolve("base"));
                  Files.delete(root.resolve("cleared/x"));
                  Files.delete(root.resolve("cleared"));
                  Files.createDirectory(root.resolve("cleared"));
                  Files.createDirectory(root.resolve("made"));
                  Files.writeString(root.resolve("made/left"), "l");
                });
        ImmutableReference right =
            step(
                base,
                root -> {
                  Files.createDirectory(root.resolve("made"));
                  Files.writeString(root.resolve("made/right"), "r");
                  Files.writeString(root.resolve("d/base"), "changed");
                });
        ImmutableReference justLeft =
            references.diff(Optional.of(base), Optional.of(left), ReferenceOptions.of("diff"));
        ImmutableReference merged =
            references.merge(List.of(right, justLeft), ReferenceOptions.of("merge"));
        ImmutableReference sideways =
            references.diff(Optional.of(left), Optional.of(right), ReferenceOptions.of("diff"));
        ImmutableReference applied =
            references.merge(List.of(left, sideways), ReferenceOptions.of("merge"))) {
      assertThat(files(justLeft)).containsExactly("cleared", "d", "d/left", "made", "made/left");
      assertThat(files(merged))
          .containsExactly("cleared", "d", "d/base", "d/left", "made", "made/left", "made/right");
      assertThat(read(merged, "d/base")).isEqualTo("changed");
      assertThat(merged.layers()).hasSize(3).allSatisfy(ImmutableReference::close);
      assertThat(justLeft.layers()).hasSize(1).allSatisfy(ImmutableReference::close);
      assertThat(sideways.layers()).hasSize(1).allSatisfy(ImmutableReference::close);
      assertThat(files(sideways))
          .containsExactly("base", "cleared", "cleared/x", "d", "d/base", "made", "made/right");
      assertThat(files(applied)).isEqualTo(files(right));
      assertThat(read(applied, "d/base")).isEqualTo("changed");
      try (ImmutableReference child =
          step(merged, root -> Files.delete(root.resolve("made/left")))) {
        assertThat(files(child)).doesNotContain("made/left").contains("made/right");
      }
    }
    reopen();
    List<String> removed = new ArrayList<>();
    store.prune(List.of(ALL), r -> removed.add(r.id()));
    assertThat(removed).hasSize(8);
    assertThat(store.diskUsage(List.of())).isEmpty();
  }

  @Test
  void aDirectoryMadeAnewDeletesWhatItReplacedAndNothingOfOthers() throws Exception {
    try (ImmutableReference base =
            step(
                null,
                root -> {
                  Files.createDirectories(root.resolve("d/sub"));
                  Files.writeString(root.resolve("d/gone"), "g");
                  Files.writeString(root.resolve("d/sub/gone"), "g");
                });
        ImmutableReference anew =
            step(
                base,
                root -> {
                  Files.delete(root.resolve("d/gone"));
                  Files.delete(root.resolve("d/sub/gone"));
                  Files.delete(root.resolve("d/sub"));
                  Files.delete(root.resolve("d"));
                  Files.createDirectories(root.resolve("d/sub"));
                  Files.writeString(root.resolve("d/new"), "n");
                });
        ImmutableReference other =
            step(
                null,
                root -> {
                  Files.createDirectories(root.resolve("d/sub"));
                  Files.writeString(root.resolve("d/gone"), "o");
                  Files.writeString(root.resolve("d/other"), "o");
                  Files.writeString(root.resolve("d/sub/gone"), "o");
                  Files.writeString(root.resolve("d/sub/other"), "o");
                });
        ImmutableReference third =
            step(null, root -> Files.writeString(root.resolve("third"), "t"));
        ImmutableReference justAnew =
            references.diff(Optional.of(base), Optional.of(anew), ReferenceOptions.of("diff"));
        ImmutableReference whole =
            references.merge(List.of(other, anew), ReferenceOptions.of("merge"));
        ImmutableReference part =
            references.merge(List.of(third, other, justAnew), ReferenceOptions.of("merge"))) {
      assertThat(files(whole)).containsExactly("d", "d/new", "d/other", "d/sub", "d/sub/other");
      assertThat(files(part))
          .containsExactly("d", "d/new", "d/other", "d/sub", "d/sub/other", "third");
    }
  }

  @Test
  void whatIsWrittenButStaysTheSameIsNoDifference() throws Exception {
    Set<PosixFilePermission> closed = PosixFilePermissions.fromString("rwx------");
    try (ImmutableReference base =
            step(
                null,
                root -> {
                  Files.createDirectories(root.resolve("touched/below"));
                  Files.createDirectories(root.resolve("emptied/gone"));
                  Files.createDirectory(root.resolve("changed"));
                  Files.writeString(root.resolve("changed/same"), "s");
                });
        ImmutableReference step =
            step(
                base,
                root -> {
                  // Overlayfs copies up both directories and the file, and none is changed by it.
                  Files.delete(Files.createFile(root.resolve("touched/below/x")));
                  Path same = root.resolve("changed/same");
                  Set<PosixFilePermission> before = Files.getPosixFilePermissions(same);
                  Files.setPosixFilePermissions(same, closed);
                  Files.setPosixFilePermissions(same, before);
                  Files.writeString(root.resolve("changed/new"), "n");
                  Files.delete(root.resolve("emptied/gone"));
                });
        ImmutableReference other =
            step(
                null,
                root -> {
                  Files.createDirectory(root.resolve("changed"));
                  Files.writeString(root.resolve("changed/same"), "other");
                });
        ImmutableReference difference =
            references.diff(Optional.of(base), Optional.of(step), ReferenceOptions.of("diff"));
        ImmutableReference merged =
            references.merge(List.of(other, difference), ReferenceOptions.of("merge"))) {
      // A directory where something is deleted is part of the difference.
      assertThat(files(difference)).containsExactly("changed", "changed/new", "emptied");
      assertThat(files(merged))
          .containsExactly("changed", "changed/new", "changed/same", "emptied");
      assertThat(read(merged, "changed/same")).isEqualTo("other");
    }
  }

  @Test
  void chainsMayBeLong() throws Exception {
    ImmutableReference r = step(null, root -> Files.writeString(root.resolve("f0"), "x"));
    int steps = snapshotter() == StoreOptions.Snapshotter.NATIVE ? 20 : 150;
    for (int i = 1; i < steps; i++) {
      int n = i;
      ImmutableReference next =
          step(
              r,
              root -> {
                Files.delete(root.resolve("f" + (n - 1)));
                Files.writeString(root.resolve("f" + n), "x");
              });
      r.close();
      r = next;
    }
    assertThat(files(r)).containsExactly("f" + (steps - 1));
    String id = r.id();
    r.close();
    reopen();
    try (ImmutableReference again = references.get(id).orElseThrow()) {
      assertThat(files(again)).containsExactly("f" + (steps - 1));
    }
    store.prune(List.of(ALL), x -> {});
    assertThat(store.diskUsage(List.of())).isEmpty();
  }

  @Test
  void usageAndPrune() throws Exception {
    byte[] one = Tars.of("a", "x".repeat(100_000));
    String leased;
    try (ImmutableReference layer =
            references.layer(Optional.empty(), Tars.info(one), Tars.provider(one));
        ImmutableReference child = step(layer, root -> Files.writeString(root.resolve("b"), "1"));
        ImmutableReference other = step(null, root -> Files.writeString(root.resolve("c"), "1"))) {
      other.setRecordType(RecordType.INTERNAL);
      leased = other.id();
      List<UsageRecord> used = store.diskUsage(List.of());
      assertThat(used).hasSize(3).allMatch(UsageRecord::inUse);
      assertThat(
              used.stream().filter(u -> u.id().equals(layer.id())).findFirst().orElseThrow().size())
          .isGreaterThan(200_000);
      store.prune(List.of(ALL), r -> {});
      assertThat(store.diskUsage(List.of())).hasSize(3);
      assertThat(child.isLazy()).isFalse();
    }
    assertThat(store.diskUsage(List.of())).hasSize(3).noneMatch(UsageRecord::inUse);
    assertThat(store.diskUsage(List.of("type==internal"))).hasSize(1);
    Lease lease = store.lease();
    lease.addReference(leased);
    List<UsageRecord> removed = new ArrayList<>();
    store.prune(List.of(ALL), removed::add);
    assertThat(removed).hasSize(2);
    assertThat(store.content().list()).as("blobs go with their records").isEmpty();
    lease.close();
    store.prune(List.of(ALL), removed::add);
    assertThat(removed).hasSize(3);
  }

  @Test
  void immutableTreesAreNotWritten() throws Exception {
    try (ImmutableReference a = step(null, root -> {});
        ImmutableReference b = step(a, root -> {})) {
      assertThatThrownBy(() -> a.localMount(false)).hasMessageEndingWith("is immutable");
      assertThatThrownBy(() -> b.localMount(false)).hasMessageEndingWith("is immutable");
      assertThatThrownBy(() -> b.mount(false)).hasMessageEndingWith("is immutable");
    }
    ImmutableReference closed = step(null, root -> {});
    closed.close();
    assertThatThrownBy(() -> closed.share()).isInstanceOf(IllegalStateException.class);
    try (ActiveReference a = references.create(Optional.empty(), ReferenceOptions.of("x"));
        LocalMount m = a.localMount(false)) {
      assertThatThrownBy(a::commit).hasMessageContaining("still mounted");
    }
  }

  @Test
  void fullDiskIsSaidAndLeavesNothingBroken() throws Exception {
    Path small = Files.createDirectory(temp.resolve("small"));
    Mounts.mount("tmpfs", "tmpfs", small, List.of("size=6m"));
    try {
      byte[] big = Tars.of("big", "x".repeat(3_500_000));
      String id;
      try (Store tiny = Store.open(small.resolve("state"), new StoreOptions(snapshotter()))) {
        try (ImmutableReference ok =
            tiny.references()
                .layer(
                    Optional.empty(),
                    Tars.info(Tars.of("a", "1")),
                    Tars.provider(Tars.of("a", "1")))) {
          ok.materialize();
          id = ok.id();
        }
        try (ImmutableReference r =
            tiny.references().layer(Optional.empty(), Tars.info(big), Tars.provider(big))) {
          assertThatThrownBy(r::materialize)
              .isInstanceOf(StoreException.class)
              .hasMessageContaining("no space left on device")
              .satisfies(e ->
                  assertThat(((StoreException) e).code()).isEqualTo(StoreException.Code.NO_SPACE));
        }
        byte[] bytes = new byte[10_000_000];
        assertThatThrownBy(() -> tiny.content().put(bytes)).hasMessageContaining("no space left");
        try (Ingest i = tiny.content().ingest("x", Optional.empty(), -1)) {
          assertThatThrownBy(() -> i.write(bytes, 0, bytes.length))
              .hasMessageContaining("no space left");
        }
        tiny.prune(List.of(ALL), r -> {});
        try (ActiveReference a =
                tiny.references().create(Optional.empty(), ReferenceOptions.of("x"));
            LocalMount m = a.localMount(false)) {
          Files.write(m.path().resolve("f"), new byte[2_000_000]);
        }
        assertThat(tiny.references().get(id)).isEmpty();
      }
      Store.open(small.resolve("state"), new StoreOptions(snapshotter())).close();
    } finally {
      Mounts.unmount(small);
    }
  }

  static byte[] bytes(String s) {
    return s.getBytes(StandardCharsets.UTF_8);
  }
}
