package dev.gatehouse.solver.store;

import dev.gatehouse.solver.linux.Directory;
import dev.gatehouse.solver.linux.Mounts;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/** Snapshot directories by number, and the mounts that show stacks of them. */
final class Snapshots {
  /** What a volatile mount leaves, the innermost first. */
  private static final List<String> WORK =
      List.of("work/incompat/volatile/dirty", "work/incompat/volatile", "work/incompat", "work");

  private final Layout layout;
  private final boolean overlay;
  private final List<String> overlayOptions;
  private final AtomicLong last;

  private Snapshots(Layout layout, boolean overlay, List<String> overlayOptions, long last) {
    this.layout = layout;
    this.overlay = overlay;
    this.overlayOptions = overlayOptions;
    this.last = new AtomicLong(last);
  }

  static Snapshots open(Layout layout, StoreOptions.Snapshotter wanted) throws IOException {
    long last = 0;
    try (DirectoryStream<Path> d = Files.newDirectoryStream(layout.snapshots(), "[0-9]*")) {
      for (Path p : d) {
        last = Math.max(last, number(p));
      }
    }
    if (wanted == StoreOptions.Snapshotter.NATIVE) {
      return new Snapshots(layout, false, List.of(), last);
    }
    try {
      return new Snapshots(layout, true, probe(layout), last);
    } catch (IOException e) {
      if (wanted == StoreOptions.Snapshotter.OVERLAY) {
        throw new StoreException(
            StoreException.Code.UNSUPPORTED,
            "overlayfs cannot be mounted below " + layout.root() + ": " + e.getMessage(),
            e);
      }
      return new Snapshots(layout, false, List.of(), last);
    }
  }

  static long number(Path snapshot) {
    Path name = snapshot.getFileName();
    try {
      return name == null ? 0 : Long.parseLong(name.toString());
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  /**
   * The options this kernel takes: no redirects and no metadata-only copies, since the upper
   * directory has to stand for itself as a layer; and no syncing (volatile, Linux 5.10), since the
   * store syncs in groups.
   */
  private static List<String> probe(Layout layout) throws IOException {
    List<String> options = new ArrayList<>();
    for (String feature : new String[] {"index", "redirect_dir", "metacopy"}) {
      if (Files.exists(Path.of("/sys/module/overlay/parameters/" + feature))) {
        options.add(feature + "=off");
      }
    }
    Path temp = layout.makeTemp();
    try {
      for (String name : new String[] {"lower", "upper", "work", "merged"}) {
        Files.createDirectory(temp.resolve(name));
      }
      List<String> base = new ArrayList<>(options);
      base.add("lowerdir=" + temp.resolve("lower"));
      base.add("upperdir=" + temp.resolve("upper"));
      base.add("workdir=" + temp.resolve("work"));
      List<String> all = new ArrayList<>(base);
      all.add("volatile");
      Path merged = temp.resolve("merged");
      try {
        Mounts.mount("overlay", "overlay", merged, all);
        options.add("volatile");
      } catch (IOException e) {
        Mounts.mount("overlay", "overlay", merged, base);
      }
      Mounts.unmount(merged);
      return List.copyOf(options);
    } finally {
      Layout.deleteTree(temp);
    }
  }

  boolean isOverlay() {
    return overlay;
  }

  /** A new, empty snapshot. */
  long create() throws IOException {
    long n = last.incrementAndGet();
    try (Directory d = Directory.open(layout.snapshots())) {
      d.mkdir(Long.toString(n), 0700);
      try (Directory s = d.directory(Long.toString(n))) {
        s.mkdir("fs", 0755);
      }
    }
    return n;
  }

  void discard(long n) throws IOException {
    layout.discard(layout.snapshot(n));
  }

  /** Throws away what no record names. */
  void retain(Set<Long> known) throws IOException {
    try (DirectoryStream<Path> d = Files.newDirectoryStream(layout.snapshots())) {
      for (Path p : d) {
        if (!known.contains(number(p))) {
          layout.discard(p);
        }
      }
    }
  }

  /** Shows a stack of trees, the topmost first. */
  List<Mount> view(List<Path> directories) {
    if (directories.size() == 1) {
      return List.of(Mount.bind(directories.getFirst().toString(), true));
    }
    List<String> options = new ArrayList<>();
    options.add("ro");
    for (String o : overlayOptions) {
      if (!o.equals("volatile")) {
        options.add(o);
      }
    }
    options.add("lowerdir=" + join(directories));
    return List.of(new Mount("overlay", "overlay", options));
  }

  /** Shows a snapshot for writing, upon a stack of trees. */
  List<Mount> writable(long snapshot, List<Path> lowers) throws IOException {
    if (lowers.isEmpty()) {
      return List.of(Mount.bind(layout.tree(snapshot).toString(), false));
    }
    Path work = layout.work(snapshot);
    try {
      Files.createDirectory(work);
    } catch (FileAlreadyExistsException e) {
      // A volatile mount leaves a mark there that forbids the next one.
      forgetWork(snapshot);
      Files.createDirectory(work);
    }
    List<String> options = new ArrayList<>(overlayOptions);
    options.add("lowerdir=" + join(lowers));
    options.add("upperdir=" + layout.tree(snapshot));
    options.add("workdir=" + work);
    return List.of(new Mount("overlay", "overlay", options));
  }

  /**
   * Removes overlayfs' scratch space of a snapshot. Mostly it holds just what overlayfs makes
   * itself: that goes without looking.
   */
  void forgetWork(long snapshot) throws IOException {
    Path work = layout.work(snapshot);
    try {
      for (String name : WORK) {
        Files.deleteIfExists(work.resolve(name));
      }
      Files.deleteIfExists(work);
    } catch (DirectoryNotEmptyException e) {
      Layout.deleteTree(work);
    }
  }

  private static String join(List<Path> directories) {
    StringBuilder s = new StringBuilder();
    for (Path p : directories) {
      if (!s.isEmpty()) {
        s.append(':');
      }
      s.append(p.toString().replace("\\", "\\\\").replace(":", "\\:"));
    }
    return s.toString();
  }
}
