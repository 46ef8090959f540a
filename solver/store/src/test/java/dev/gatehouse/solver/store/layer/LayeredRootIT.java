package dev.gatehouse.solver.store.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatehouse.solver.linux.Directory;
import dev.gatehouse.solver.linux.FileStatus;
import dev.gatehouse.solver.linux.FileSystems;
import dev.gatehouse.solver.linux.LinuxException;
import dev.gatehouse.solver.linux.Mounts;
import dev.gatehouse.solver.linux.OpenFile;
import dev.gatehouse.solver.linux.ReadableDirectory;
import dev.gatehouse.solver.linux.ReadableRoot;
import dev.gatehouse.solver.linux.RootDirectory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Layers read without a mount show what the kernel's overlay of them shows. */
class LayeredRootIT {
  @TempDir Path temp;

  /** The nearest first. */
  private final List<Path> layers = new ArrayList<>();

  @BeforeEach
  void needsRoot() {
    assumeTrue(FileSystems.effectiveUser() == 0, "needs root to mount");
  }

  interface Body {
    void run(Path root) throws Exception;
  }

  /** Adds a layer as the kernel writes it: what the body does to an overlay of those before. */
  private void layer(Body body) throws Exception {
    Path upper = Files.createDirectory(temp.resolve("upper" + layers.size()));
    if (layers.isEmpty()) {
      body.run(upper);
    } else {
      Path merged = temp.resolve("merged");
      Path work = temp.resolve("work" + layers.size());
      Files.createDirectories(merged);
      Files.createDirectory(work);
      List<String> options =
          new ArrayList<>(List.of("index=off", "redirect_dir=off", "metacopy=off"));
      options.add("lowerdir=" + String.join(":", layers.stream().map(Path::toString).toList()));
      options.add("upperdir=" + upper);
      options.add("workdir=" + work);
      Mounts.mount("overlay", "overlay", merged, options);
      try {
        body.run(merged);
      } finally {
        Mounts.unmount(merged);
      }
    }
    layers.addFirst(upper);
  }

  /** Everything in a tree, in words; links by the first of their names. */
  private static Map<String, String> shown(ReadableRoot root) throws Exception {
    Map<String, String> all = new TreeMap<>();
    Map<String, String> inodes = new TreeMap<>();
    try (ReadableDirectory d = root.directory("/")) {
      all.put("/", describe(d, ".", d.stat(".")));
      walk(d, "", all, inodes);
    }
    return all;
  }

  private static void walk(
      ReadableDirectory d, String path, Map<String, String> all, Map<String, String> inodes)
      throws Exception {
    List<String> names = new ArrayList<>(d.list().stream().map(Directory.Entry::name).toList());
    names.sort(null);
    for (String name : names) {
      FileStatus s = d.stat(name);
      String at = path + "/" + name;
      String text = describe(d, name, s);
      if (!s.isDirectory() && s.links() > 1) {
        text += " as " + inodes.computeIfAbsent("" + s.inode(), i -> at);
      }
      all.put(at, text);
      if (s.isDirectory()) {
        try (ReadableDirectory below = d.directory(name)) {
          walk(below, at, all, inodes);
        }
      }
    }
  }

  private static String describe(ReadableDirectory d, String name, FileStatus s) throws Exception {
    StringBuilder text = new StringBuilder(Integer.toOctalString(s.mode()));
    text.append(' ').append(s.uid()).append(':').append(s.gid());
    text.append(' ').append(s.modifySeconds()).append('.').append(s.modifyNanos());
    d.xattrs(name).forEach((k, v) -> text.append(' ').append(k).append('=').append(v.length));
    if (s.isSymlink()) {
      text.append(" -> ").append(d.readlink(name));
    } else if (s.isRegular()) {
      try (OpenFile f = d.file(name)) {
        text.append(' ').append(new String(f.content(1 << 20), StandardCharsets.UTF_8));
      }
    }
    return text.toString();
  }

  private static String outcome(Callable<?> asked) throws Exception {
    try {
      return String.valueOf(asked.call());
    } catch (LinuxException e) {
      return "errno " + e.errno();
    }
  }

  private void sameAsTheKernel() throws Exception {
    Path merged = temp.resolve("view");
    Files.createDirectories(merged);
    List<String> options = new ArrayList<>(List.of("ro"));
    options.add("lowerdir=" + String.join(":", layers.stream().map(Path::toString).toList()));
    Mounts.mount("overlay", "overlay", merged, options);
    try (RootDirectory mounted = RootDirectory.open(merged);
        LayeredRoot read = new LayeredRoot(layers)) {
      Map<String, String> expected = shown(mounted);
      assertThat(shown(read)).isEqualTo(expected);
      for (String path : expected.keySet()) {
        for (String asked : List.of(path, path + "/nothing")) {
          assertThat(outcome(() -> read.resolve(asked)))
              .as(asked)
              .isEqualTo(outcome(() -> mounted.resolve(asked)));
          assertThat(outcome(() -> read.findStat(asked).map(FileStatus::mode)))
              .as(asked)
              .isEqualTo(outcome(() -> mounted.findStat(asked).map(FileStatus::mode)));
          assertThat(outcome(() -> read.findLstat(asked).map(FileStatus::mode)))
              .as(asked)
              .isEqualTo(outcome(() -> mounted.findLstat(asked).map(FileStatus::mode)));
        }
      }
    } finally {
      Mounts.unmount(merged);
    }
  }

  @Test
  void deletedReplacedAndRecreatedThingsAreShownAsTheKernelDoes() throws Exception {
    layer(root -> {
      Files.createDirectories(root.resolve("kept/below"));
      Files.writeString(root.resolve("kept/file"), "first");
      Files.writeString(root.resolve("kept/below/deep"), "deep");
      Files.createDirectories(root.resolve("gone/below"));
      Files.writeString(root.resolve("gone/below/file"), "old");
      Files.createDirectory(root.resolve("becomes-file"));
      Files.writeString(root.resolve("becomes-file/x"), "x");
      Files.writeString(root.resolve("becomes-directory"), "file");
      Files.writeString(root.resolve("one"), "linked");
      Files.createLink(root.resolve("two"), root.resolve("one"));
      Files.createSymbolicLink(root.resolve("absolute"), Path.of("/kept/below"));
      Files.createSymbolicLink(root.resolve("outside"), Path.of("../../../../etc/passwd"));
      try (Directory d = Directory.open(root)) {
        d.mknod("pipe", FileStatus.S_IFIFO | 0640, 0, 0);
        d.mknod("device", FileStatus.S_IFCHR | 0600, 1, 3);
        d.chown("pipe", 1000, 1001);
        d.setXattr("kept", "user.note", new byte[] {1, 2});
      }
    });
    layer(root -> {
      try (Directory d = Directory.open(root)) {
        d.deleteTree("gone");
        d.deleteTree("becomes-file");
        d.deleteTree("becomes-directory");
        d.deleteTree("two");
        d.chmod("kept", 0711);
      }
      Files.writeString(root.resolve("becomes-file"), "now a file");
      Files.createDirectory(root.resolve("becomes-directory"));
      Files.delete(root.resolve("kept/file"));
    });
    sameAsTheKernel();
    layer(root -> {
      Files.createDirectory(root.resolve("gone")); // Opaque: the old content stays gone.
      Files.writeString(root.resolve("gone/new"), "new");
      Files.writeString(root.resolve("kept/file"), "again");
      Files.delete(root.resolve("becomes-file"));
      Files.createDirectory(root.resolve("becomes-file"));
      Files.writeString(root.resolve("one"), "changed");
    });
    sameAsTheKernel();
    layer(root -> {
      Files.writeString(root.resolve("gone/newer"), "newer");
      Files.delete(root.resolve("gone/new"));
    });
    sameAsTheKernel();
    try (LayeredRoot read = new LayeredRoot(layers)) {
      assertThat(new String(read.readFile("absolute/deep", 100), StandardCharsets.UTF_8))
          .isEqualTo("deep");
      assertThat(read.findStat("outside")).as("a link to outside stays inside").isEmpty();
      assertThat(read.findStat("one/")).isEmpty();
      assertThat(read.findLstat("absolute/.").map(FileStatus::isDirectory)).hasValue(true);
      assertThatThrownBy(() -> read.file("gone/new")).isInstanceOf(LinuxException.class);
      assertThatThrownBy(() -> read.directory("one")).isInstanceOf(LinuxException.class);
    }
  }

  @Test
  void onlyTheKernelsOwnMarkHidesWhatIsBelow() throws Exception {
    layer(root -> Files.writeString(Files.createDirectory(root.resolve("d")).resolve("a"), "a"));
    layer(root -> {
      Files.writeString(root.resolve("d/b"), "b");
      try (Directory d = Directory.open(root)) {
        d.setXattr("d", "user.overlay.opaque", new byte[] {'y'});
      }
    });
    sameAsTheKernel();
  }

  /** Random changes upon each other, eight layers deep. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void randomLayersAreShownAsTheKernelDoes(long seed) throws Exception {
    Random random = new Random(seed);
    for (int l = 0; l < 8; l++) {
      layer(root -> {
        for (int i = 0; i < 12; i++) {
          change(root, random);
        }
      });
    }
    sameAsTheKernel();
  }

  private static void change(Path root, Random random) throws Exception {
    Path at = root;
    for (int depth = random.nextInt(3); depth > 0; depth--) {
      Path next = at.resolve("d" + random.nextInt(3));
      if (!Files.isDirectory(next, java.nio.file.LinkOption.NOFOLLOW_LINKS)) {
        break;
      }
      at = next;
    }
    try (Directory d = Directory.open(at)) {
      String name = (random.nextBoolean() ? "d" : "f") + random.nextInt(3);
      switch (random.nextInt(6)) {
        case 0 -> d.deleteTree(name);
        case 1 -> {
          d.deleteTree(name);
          d.mkdir(name, 0700 | random.nextInt(64));
        }
        case 2 -> {
          d.deleteTree(name);
          d.symlink(random.nextBoolean() ? "/d1/f1" : "../d" + random.nextInt(3), name);
        }
        case 3 -> {
          if (d.find(name).map(s -> !s.isSymlink()).orElse(false)) {
            d.chmod(name, 0700 | random.nextInt(64));
          }
        }
        default -> {
          if (d.find(name).map(s -> !s.isRegular()).orElse(false)) {
            d.deleteTree(name);
          }
          Files.writeString(at.resolve(name), "content " + random.nextInt(1000));
        }
      }
    }
  }
}
