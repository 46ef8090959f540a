package dev.gatehouse.solver.store.layer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.linux.Directory;
import dev.gatehouse.solver.linux.FileStatus;
import dev.gatehouse.solver.linux.FileSystems;
import dev.gatehouse.solver.linux.Mounts;
import dev.gatehouse.solver.linux.Xattrs;
import dev.gatehouse.solver.store.tar.TarEntry;
import dev.gatehouse.solver.store.tar.TarEntry.Type;
import dev.gatehouse.solver.store.tar.TarException;
import dev.gatehouse.solver.store.tar.TarReader;
import dev.gatehouse.solver.store.tar.TarWriter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Layers on disk; owners, devices and overlay mounts need root. */
class LayerIT {
  private static final Instant TIME = Instant.ofEpochSecond(1_600_000_000);

  @TempDir Path temp;

  @BeforeEach
  void needsRoot() {
    assumeTrue(FileSystems.effectiveUser() == 0, "not root");
  }

  /** Collects a tar in the order of calls. */
  private static final class Layer {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final TarWriter tar = new TarWriter(out);

    Layer dir(String name, int mode) throws IOException {
      tar.begin(TarEntry.builder(name + "/", Type.DIRECTORY).mode(mode).modified(TIME).build());
      return this;
    }

    Layer file(String name, String content) throws IOException {
      tar.add(
          TarEntry.builder(name, Type.FILE).mode(0644).modified(TIME).build(),
          content.getBytes(UTF_8));
      return this;
    }

    Layer whiteout(String name) throws IOException {
      tar.begin(TarEntry.builder(name, Type.FILE).build());
      return this;
    }

    Layer add(TarEntry.Builder entry) throws IOException {
      tar.begin(entry.modified(TIME).build());
      return this;
    }

    byte[] bytes() throws IOException {
      tar.close();
      return out.toByteArray();
    }
  }

  private static byte[] gzip(byte[] tar) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (OutputStream z = Compression.GZIP.compress(out)) {
      z.write(tar);
    }
    return out.toByteArray();
  }

  private static LayerUnpacker.Unpacked unpack(byte[] blob, Path to, LayerUnpacker.Options options)
      throws Exception {
    Files.createDirectories(to);
    return LayerUnpacker.unpack(new ByteArrayInputStream(blob), to, Optional.empty(), options);
  }

  private static List<String> names(byte[] tar) throws IOException {
    List<String> names = new ArrayList<>();
    TarReader r = new TarReader(new ByteArrayInputStream(tar));
    for (TarEntry e = r.next(); e != null; e = r.next()) {
      names.add(e.name());
    }
    return names;
  }

  private static byte[] diffOverlay(Path upper, List<Path> lowers) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    LayerDiffer.overlay(upper, lowers, out, LayerDiffer.Options.DEFAULT);
    return out.toByteArray();
  }

  private static byte[] diffTrees(Optional<Path> lower, Path upper) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    LayerDiffer.trees(lower, upper, out, LayerDiffer.Options.DEFAULT);
    return out.toByteArray();
  }

  private static byte[] everything() throws IOException {
    return new Layer()
        .dir("bin", 0755)
        .add(
            TarEntry.builder("bin/ping", Type.FILE)
                .mode(04755)
                .owner(1000, 4_000_000_000L)
                .xattr(
                    "security.capability",
                    new byte[] {1, 0, 0, 2, 0, 32, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}))
        .add(
            TarEntry.builder("bin/sh", Type.SYMLINK)
                .mode(0777)
                .linkName("/absolute/../nowhere")
                .owner(7, 8))
        .dir("dev", 0755)
        .add(TarEntry.builder("dev/null", Type.CHARACTER_DEVICE).mode(0666).device(1, 3))
        .add(TarEntry.builder("dev/pipe", Type.FIFO).mode(0600))
        .dir("etc", 0700)
        .file("etc/a", "content of a")
        .add(TarEntry.builder("etc/b", Type.HARD_LINK).mode(0644).linkName("etc/a"))
        .add(
            TarEntry.builder("etc/user", Type.FILE)
                .mode(0600)
                .xattr("user.note", "hi".getBytes(UTF_8)))
        .file("etc/\u0151\u00e9", "utf-8")
        .dir("tmp", 01777)
        .bytes();
  }

  @Test
  void unpacksEverythingAndMakesTheSameLayerAgain() throws Exception {
    byte[] tar = everything();
    Path upper = temp.resolve("upper");
    LayerUnpacker.Unpacked u = unpack(gzip(tar), upper, LayerUnpacker.Options.overlay(List.of()));
    assertThat(u.diffId()).isEqualTo(Digest.sha256(tar));
    assertThat(u.entries()).isEqualTo(12);
    try (Directory d = Directory.open(upper.resolve("bin"))) {
      FileStatus ping = d.stat("ping");
      assertThat(ping.permissions()).isEqualTo(04755);
      assertThat(ping.uid()).isEqualTo(1000);
      assertThat(ping.gid() & 0xffffffffL).isEqualTo(4_000_000_000L);
      assertThat(d.readlink("sh")).isEqualTo("/absolute/../nowhere");
      assertThat(d.stat("sh").uid()).isEqualTo(7);
      assertThat(d.stat("sh").modifySeconds()).isEqualTo(TIME.getEpochSecond());
    }
    assertThat(Xattrs.get(upper.resolve("bin/ping"), "security.capability")).isPresent();
    assertThat(Files.getLastModifiedTime(upper.resolve("etc")).toInstant()).isEqualTo(TIME);
    assertThat(Files.getAttribute(upper.resolve("etc/a"), "unix:nlink")).isEqualTo(2);
    byte[] again = diffOverlay(upper, List.of());
    assertThat(names(again)).isEqualTo(names(tar));
    assertThat(Digest.sha256(again)).isEqualTo(Digest.sha256(tar));
    assertThat(Digest.sha256(diffTrees(Optional.empty(), upper))).isEqualTo(Digest.sha256(tar));
    Path merged = temp.resolve("merged");
    unpack(tar, merged, LayerUnpacker.Options.merge());
    assertThat(diffTrees(Optional.of(upper), merged))
        .isEqualTo(diffTrees(Optional.of(merged), merged));
  }

  @Test
  void deletionsShowThroughAnOverlayAndThroughAMerge() throws Exception {
    byte[] base =
        new Layer()
            .dir("d", 0755)
            .file("d/gone", "1")
            .file("d/kept", "2")
            .dir("o", 0755)
            .file("o/old", "3")
            .dir("o/sub", 0755)
            .file("o/sub/x", "4")
            .dir("r", 0755)
            .file("r/inner", "5")
            .file("f", "6")
            .bytes();
    byte[] change =
        new Layer()
            .dir("d", 0755)
            .whiteout("d/.wh.gone")
            .dir("o", 0755)
            .file("o/new", "n")
            .whiteout("o/.wh..wh..opq")
            .whiteout(".wh.r")
            .dir("r", 0700)
            .file("r/mine", "m")
            .whiteout(".wh.f")
            .whiteout(".wh..wh.plnk")
            .whiteout(".wh.neverwas")
            .bytes();
    Path lower = temp.resolve("lower");
    Path upper = temp.resolve("upper");
    unpack(base, lower, LayerUnpacker.Options.overlay(List.of()));
    unpack(change, upper, LayerUnpacker.Options.overlay(List.of(lower)));
    Path merge = temp.resolve("merge");
    unpack(base, merge, LayerUnpacker.Options.merge());
    unpack(change, merge, LayerUnpacker.Options.merge());
    List<String> expected = List.of("", "d", "d/kept", "o", "o/new", "r", "r/mine");
    assertThat(tree(merge)).isEqualTo(expected);
    Path view = Files.createDirectories(temp.resolve("view"));
    Mounts.mount("overlay", "overlay", view, List.of("ro", "lowerdir=" + upper + ":" + lower));
    try {
      assertThat(tree(view)).isEqualTo(expected);
      // What an opaque directory hides is told by explicit whiteouts, what never was there is not.
      assertThat(names(diffOverlay(upper, List.of(lower))))
          .containsExactly(
              "d/",
              "d/.wh.gone",
              ".wh.f",
              ".wh.neverwas",
              "o/",
              "o/new",
              "o/.wh.old",
              "o/.wh.sub",
              "r/",
              "r/.wh.inner",
              "r/mine");
    } finally {
      Mounts.unmount(view);
    }
  }

  @Test
  void anAttributeThatAnybodyMaySetHidesNothing() throws Exception {
    Path lower = temp.resolve("lower");
    Path upper = temp.resolve("upper");
    unpack(
        new Layer().dir("d", 0755).file("d/kept", "1").bytes(),
        lower,
        LayerUnpacker.Options.overlay(List.of()));
    unpack(
        new Layer().dir("d", 0755).file("d/new", "2").bytes(),
        upper,
        LayerUnpacker.Options.overlay(List.of(lower)));
    try (Directory d = Directory.open(upper)) {
      d.setXattr("d", "user.overlay.opaque", new byte[] {'y'});
    }
    assertThat(names(diffOverlay(upper, List.of(lower)))).containsExactly("d/", "d/new");
  }

  @Test
  void deletionsWhereNothingIsBelowLeaveNoNamesBehind() throws Exception {
    byte[] base =
        new Layer()
            .add(TarEntry.builder("link", Type.SYMLINK).linkName("/elsewhere"))
            .dir("o", 0755)
            .file("o/old", "1")
            .dir("r", 0755)
            .file("r/inner", "2")
            .whiteout("r/.wh.bottom")
            .bytes();
    byte[] change =
        new Layer()
            .file("new/file", "3")
            .whiteout("new/.wh.never")
            .whiteout("link/.wh.victim")
            .whiteout("o/.wh.old")
            .whiteout("o/.wh..wh..opq")
            .whiteout("o/.wh.older")
            .whiteout(".wh.r")
            .dir("r", 0700)
            .whiteout("r/.wh.inner")
            .bytes();
    Path lower = temp.resolve("lower");
    Path upper = temp.resolve("upper");
    unpack(base, lower, LayerUnpacker.Options.overlay(List.of()));
    unpack(change, upper, LayerUnpacker.Options.overlay(List.of(lower)));
    assertThat(tree(lower)).containsExactly("", "link", "o", "o/old", "r", "r/inner");
    Path view = Files.createDirectories(temp.resolve("view"));
    Mounts.mount("overlay", "overlay", view, List.of("ro", "lowerdir=" + upper + ":" + lower));
    try (Directory d = Directory.open(view);
        Directory link = d.directory("link");
        Directory added = d.directory("new");
        Directory opaque = d.directory("o");
        Directory replaced = d.directory("r")) {
      assertThat(link.list()).isEmpty();
      assertThat(added.list()).extracting(Directory.Entry::name).containsExactly("file");
      assertThat(opaque.list()).isEmpty();
      assertThat(replaced.list()).isEmpty();
    } finally {
      Mounts.unmount(view);
    }
  }

  private static List<String> tree(Path root) throws IOException {
    try (var s = Files.walk(root)) {
      return s.map(p -> root.relativize(p).toString()).sorted().toList();
    }
  }

  @Test
  void anOverlaysChangesAndTheDifferenceOfTwoTreesAreTheSameLayer() throws Exception {
    Path lower = temp.resolve("lower");
    unpack(everything(), lower, LayerUnpacker.Options.overlay(List.of()));
    Path upper = Files.createDirectories(temp.resolve("upper"));
    Path work = Files.createDirectories(temp.resolve("work"));
    Path view = Files.createDirectories(temp.resolve("view"));
    Mounts.mount(
        "overlay",
        "overlay",
        view,
        List.of("lowerdir=" + lower + ",upperdir=" + upper + ",workdir=" + work));
    byte[] overlay;
    byte[] trees;
    try {
      Files.createDirectories(view.resolve("new/deep"));
      Files.writeString(view.resolve("new/deep/file"), "x");
      Files.delete(view.resolve("etc/user"));
      Files.writeString(view.resolve("tmp/t"), "t");
      deleteTree(view.resolve("dev"));
      Files.createDirectory(view.resolve("dev"));
      Files.writeString(view.resolve("dev/tty"), "no device");
      for (String p :
          List.of("new/deep/file", "tmp/t", "dev/tty", "new/deep", "new", "tmp", "dev", "etc")) {
        Files.setLastModifiedTime(view.resolve(p), FileTime.from(TIME.plusSeconds(5)));
      }
      overlay = diffOverlay(upper, List.of(lower));
      trees = diffTrees(Optional.of(lower), view);
    } finally {
      Mounts.unmount(view);
    }
    assertThat(names(overlay))
        .containsExactly(
            "dev/",
            "dev/.wh.null",
            "dev/.wh.pipe",
            "dev/tty",
            "etc/",
            "etc/.wh.user",
            "new/",
            "new/deep/",
            "new/deep/file",
            "tmp/",
            "tmp/t");
    assertThat(names(trees)).isEqualTo(names(overlay));
    assertThat(Digest.sha256(trees)).isEqualTo(Digest.sha256(overlay));
  }

  /** What an overlay copies up says nothing of what has changed. */
  @Test
  void whatIsAsItWasIsInNoLayer() throws Exception {
    byte[] base =
        new Layer()
            .dir("again", 0755)
            .dir("again/sub", 0755)
            .file("again/sub/gone", "1")
            .file("again/sub/made", "2")
            .dir("etc", 0755)
            .file("etc/passwd", "3")
            .dir("usr", 0755)
            .dir("usr/lib", 0755)
            .file("usr/lib/a", "4")
            .file("usr/lib/b", "5")
            .bytes();
    Path lowest = temp.resolve("lowest");
    unpack(base, lowest, LayerUnpacker.Options.overlay(List.of()));
    byte[] more = new Layer().dir("usr", 0755).dir("usr/bin", 0755).bytes();
    Path lower = temp.resolve("lower");
    unpack(more, lower, LayerUnpacker.Options.overlay(List.of(lowest)));
    Path upper = Files.createDirectories(temp.resolve("upper"));
    Path work = Files.createDirectories(temp.resolve("work"));
    Path view = Files.createDirectories(temp.resolve("view"));
    Path before = Files.createDirectories(temp.resolve("before"));
    Mounts.mount("overlay", "overlay", before, List.of("ro", "lowerdir=" + lower + ":" + lowest));
    Mounts.mount(
        "overlay",
        "overlay",
        view,
        List.of("lowerdir=" + lower + ":" + lowest + ",upperdir=" + upper + ",workdir=" + work));
    byte[] overlay;
    byte[] trees;
    try {
      // A directory that is made anew with a directory of the same name in it.
      deleteTree(view.resolve("again"));
      Files.createDirectories(view.resolve("again/sub"));
      Files.writeString(view.resolve("again/sub/made"), "22");
      // A file that comes and goes, as the runtime's mount points do.
      Files.writeString(view.resolve("etc/hosts"), "");
      Files.delete(view.resolve("etc/hosts"));
      // One file is given the owner that it has, another one a new one.
      Files.setAttribute(view.resolve("usr/lib/a"), "unix:uid", 0);
      Files.setAttribute(view.resolve("usr/lib/b"), "unix:uid", 5);
      overlay = diffOverlay(upper, List.of(lower, lowest));
      trees = diffTrees(Optional.of(before), view);
    } finally {
      Mounts.unmount(view);
      Mounts.unmount(before);
    }

    // The directories that are as they were come only with what has changed in them.
    assertThat(names(overlay))
        .containsExactly(
            "again/",
            "again/sub/",
            "again/sub/.wh.gone",
            "again/sub/made",
            "usr/",
            "usr/lib/",
            "usr/lib/b");
    assertThat(names(trees)).isEqualTo(names(overlay));
    assertThat(Digest.sha256(trees)).isEqualTo(Digest.sha256(overlay));
  }

  private static void deleteTree(Path p) throws IOException {
    try (Directory d = Directory.open(p.getParent())) {
      d.deleteTree(p.getFileName().toString());
    }
  }

  @Test
  void nothingLeadsOutside() throws Exception {
    Path outside = Files.createDirectories(temp.resolve("outside"));
    Files.writeString(outside.resolve("secret"), "s");
    Path root = temp.resolve("a/b/root");
    byte[] tar =
        new Layer()
            .add(TarEntry.builder("evil", Type.SYMLINK).linkName("../../../outside"))
            .add(TarEntry.builder("abs", Type.SYMLINK).linkName(outside.toString()))
            .file("evil/one", "1")
            .file("abs/two", "2")
            .file("../../../outside/three", "3")
            .file("/outside/four", "4")
            .add(
                TarEntry.builder("opq", Type.DIRECTORY)
                    .mode(0755)
                    .xattr("trusted.overlay.redirect", "/..".getBytes(UTF_8)))
            .whiteout("evil/.wh.secret")
            .whiteout("evil/.wh..wh..opq")
            .bytes();
    for (LayerUnpacker.Options o :
        List.of(LayerUnpacker.Options.overlay(List.of()), LayerUnpacker.Options.merge())) {
      Path to = root.resolve(o.mode().name());
      unpack(tar, to, o);
      assertThat(outside).isDirectoryContaining(p -> p.endsWith("secret"));
      assertThat(tree(outside)).containsExactly("", "secret");
      assertThat(to.resolve("outside/four")).exists();
      assertThat(to.resolve("outside/three")).exists();
      assertThat(Xattrs.get(to.resolve("opq"), "trusted.overlay.redirect")).isEmpty();
    }
    byte[] link =
        new Layer()
            .add(TarEntry.builder("l", Type.HARD_LINK).linkName("../../../../../../../etc/passwd"))
            .bytes();
    assertThatThrownBy(() -> unpack(link, root.resolve("x"), LayerUnpacker.Options.merge()))
        .isInstanceOf(TarException.class)
        .hasMessageContaining("which this layer does not hold");
    byte[] dots = new Layer().whiteout("d/.wh...").bytes();
    assertThatThrownBy(() -> unpack(dots, root.resolve("y"), LayerUnpacker.Options.merge()))
        .hasMessageContaining("invalid whiteout");
  }

  @Test
  void directoriesThatALayerDoesNotNameTakeTheAttributesBelow() throws Exception {
    Path lower = temp.resolve("lower");
    unpack(
        new Layer()
            .dir("var", 0750)
            .add(TarEntry.builder("var/lib/", Type.DIRECTORY).mode(02711).owner(5, 6))
            .bytes(),
        lower,
        LayerUnpacker.Options.overlay(List.of()));
    Path upper = temp.resolve("upper");
    unpack(
        new Layer().file("var/lib/new/file", "x").bytes(),
        upper,
        LayerUnpacker.Options.overlay(List.of(lower)));
    try (Directory d = Directory.open(upper)) {
      assertThat(d.stat("var").permissions()).isEqualTo(0750);
    }
    try (Directory d = Directory.open(upper.resolve("var"))) {
      assertThat(d.stat("lib").permissions()).isEqualTo(02711);
      assertThat(d.stat("lib").uid()).isEqualTo(5);
      assertThat(d.stat("lib").modifySeconds()).isEqualTo(TIME.getEpochSecond());
    }
    assertThat(
            Files.getPosixFilePermissions(upper.resolve("var/lib/new"), LinkOption.NOFOLLOW_LINKS))
        .hasSize(7);
  }

  @Test
  void refusesWhatIsNotAsPromised() throws Exception {
    byte[] tar = everything();
    assertThatThrownBy(() ->
            LayerUnpacker.unpack(
                new ByteArrayInputStream(tar),
                Files.createDirectories(temp.resolve("a")),
                Optional.of(Digest.sha256("other")),
                LayerUnpacker.Options.merge()))
        .hasMessageContaining("layer has diff id " + Digest.sha256(tar));
    assertThatThrownBy(
            () -> unpack(tar, temp.resolve("b"), LayerUnpacker.Options.merge().withLimits(3, 1000)))
        .hasMessage("layer has more than 3 entries");
    assertThatThrownBy(
            () -> unpack(tar, temp.resolve("c"), LayerUnpacker.Options.merge().withLimits(100, 10)))
        .hasMessage("layer has more than 10 bytes");
    byte[] half = java.util.Arrays.copyOf(gzip(tar), 300);
    assertThatThrownBy(() -> unpack(half, temp.resolve("d"), LayerUnpacker.Options.merge()))
        .isInstanceOf(IOException.class);
    Path mark = Files.createDirectories(temp.resolve("e"));
    Files.writeString(mark.resolve(".wh.x"), "");
    assertThatThrownBy(() -> diffTrees(Optional.empty(), mark))
        .hasMessageContaining("begins with .wh.");
  }

  @Test
  void timesCanBeCutToAnEpoch() throws Exception {
    Path dir = Files.createDirectories(temp.resolve("t"));
    Files.writeString(dir.resolve("old"), "");
    Files.setLastModifiedTime(dir.resolve("old"), FileTime.from(Instant.ofEpochSecond(10)));
    Files.writeString(dir.resolve("new"), "");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    LayerDiffer.trees(
        Optional.empty(),
        dir,
        out,
        new LayerDiffer.Options(Optional.of(Instant.ofEpochSecond(100))));
    TreeMap<String, Instant> times = new TreeMap<>();
    TarReader r = new TarReader(new ByteArrayInputStream(out.toByteArray()));
    for (TarEntry e = r.next(); e != null; e = r.next()) {
      times.put(e.name(), e.modified());
    }
    assertThat(times)
        .containsEntry("old", Instant.ofEpochSecond(10))
        .containsEntry("new", Instant.ofEpochSecond(100));
  }
}
