package dev.gatehouse.solver.store.layer;

import dev.gatehouse.solver.linux.Directory;
import dev.gatehouse.solver.linux.FileStatus;
import dev.gatehouse.solver.linux.LinuxException;
import dev.gatehouse.solver.linux.OpenFile;
import dev.gatehouse.solver.store.tar.TarEntry;
import dev.gatehouse.solver.store.tar.TarWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Makes a layer of changes to files: a tar whose bytes depend on nothing but the files.
 *
 * <p>Entries come in the order of their names, a directory before what is in it; the root itself is
 * left out. Times are cut to whole seconds, owners have no names, hard links within the layer are
 * kept, sockets are left out, deletions are whiteouts of time 0. These are containerd's choices, so
 * that its layers and these are equal for equal files. Nothing here follows a symlink.
 */
public final class LayerDiffer {
  /**
   * How to make a layer.
   *
   * @param latest times after this one are set to it: {@code SOURCE_DATE_EPOCH} with {@code
   *     rewrite-timestamp}
   */
  public record Options(Optional<Instant> latest) {
    public static final Options DEFAULT = new Options(Optional.empty());
  }

  private record Inode(long device, long inode) {}

  private final TarWriter tar;
  private final Options options;
  private final Map<Inode, String> firstNames = new HashMap<>();

  /** Parents of a change that are written with the first of their changes, the outermost first. */
  private final List<Pending> pending = new ArrayList<>();

  private record Pending(Directory in, String name, String path, FileStatus status) {}

  private LayerDiffer(TarWriter tar, Options options) {
    this.tar = tar;
    this.options = options;
  }

  /**
   * Writes the layer that an overlay's upper directory holds.
   *
   * @param upper changes in overlayfs' form
   * @param lowers directories of the layers below, the nearest first: tell what an opaque directory
   *     hides, and what a copy in the upper directory leaves as it was
   * @param out receives the tar; closed at its end
   */
  public static void overlay(Path upper, List<Path> lowers, OutputStream out, Options options)
      throws IOException, InterruptedException {
    try (TarWriter tar = new TarWriter(out);
        Directory directory = Directory.open(upper);
        LowerView below = LowerView.root(lowers)) {
      new LayerDiffer(tar, options).walkOverlay(directory, "", below, false);
    }
  }

  /**
   * Writes the layer that turns one tree into another.
   *
   * @param lower the tree before, none for an empty one
   * @param upper the tree after
   * @param out receives the tar; closed at its end
   */
  public static void trees(Optional<Path> lower, Path upper, OutputStream out, Options options)
      throws IOException, InterruptedException {
    try (TarWriter tar = new TarWriter(out);
        Directory after = Directory.open(upper)) {
      LayerDiffer differ = new LayerDiffer(tar, options);
      if (lower.isEmpty()) {
        differ.walkTrees(null, after, "");
        return;
      }
      try (Directory before = Directory.open(lower.get())) {
        differ.walkTrees(before, after, "");
      }
    }
  }

  /**
   * @param below what the layers below have here
   * @param replaced whether an opaque directory above hides that from the overlay: what is not here
   *     is gone
   */
  private void walkOverlay(Directory directory, String prefix, LowerView below, boolean replaced)
      throws IOException, InterruptedException {
    TreeMap<String, FileStatus> names = statuses(directory);
    boolean opaque = replaced || !prefix.isEmpty() && Whiteouts.isOpaque(directory);
    List<String> all = new ArrayList<>(names.keySet());
    if (opaque) {
      for (String name : below.names()) {
        if (!names.containsKey(name)) {
          all.add(name);
        }
      }
      all.sort(LayerDiffer::compareNames);
    }
    for (String name : all) {
      checkInterrupted();
      FileStatus status = names.get(name);
      String path = prefix + name;
      if (status == null || status.isWhiteout()) {
        writePending();
        whiteout(prefix, name);
        continue;
      }
      Optional<LowerView.Found> old = below.find(name);
      boolean same =
          old.isPresent() && isSame(old.get().in(), old.get().status(), directory, status, name);
      if (!status.isDirectory()) {
        if (!same) {
          writePending();
          write(directory, name, path, status);
        }
        continue;
      }
      int depth = begin(directory, name, path, status, same);
      try (Directory child = directory.directory(name);
          LowerView childBelow = below.directory(name)) {
        walkOverlay(child, path + "/", childBelow, opaque);
      }
      end(depth);
    }
  }

  /** Writes a directory, or puts it off until something in it is written if it is the same. */
  private int begin(Directory in, String name, String path, FileStatus status, boolean same)
      throws IOException, InterruptedException {
    int depth = pending.size();
    if (same) {
      pending.add(new Pending(in, name, path, status));
    } else {
      writePending();
      write(in, name, path, status);
    }
    return depth;
  }

  /** Forgets a directory that was put off and in which nothing was written. */
  private void end(int depth) {
    if (pending.size() > depth) {
      pending.remove(depth);
    }
  }

  private void walkTrees(@Nullable Directory before, Directory after, String prefix)
      throws IOException, InterruptedException {
    TreeMap<String, FileStatus> now = statuses(after);
    TreeMap<String, FileStatus> then =
        before == null ? new TreeMap<>(LayerDiffer::compareNames) : statuses(before);
    TreeMap<String, Boolean> names = new TreeMap<>(LayerDiffer::compareNames);
    now.keySet().forEach(n -> names.put(n, true));
    then.keySet().forEach(n -> names.put(n, true));
    for (String name : names.keySet()) {
      checkInterrupted();
      FileStatus status = now.get(name);
      FileStatus old = then.get(name);
      String path = prefix + name;
      if (status == null) {
        writePending();
        whiteout(prefix, name);
        continue;
      }
      boolean same = old != null && before != null && isSame(before, old, after, status, name);
      if (!status.isDirectory()) {
        if (!same) {
          writePending();
          write(after, name, path, status);
        }
        continue;
      }
      int depth = begin(after, name, path, status, same);
      try (Directory child = after.directory(name)) {
        if (before != null && old != null && old.isDirectory()) {
          try (Directory oldChild = before.directory(name)) {
            walkTrees(oldChild, child, path + "/");
          }
        } else {
          walkTrees(null, child, path + "/");
        }
      }
      end(depth);
    }
  }

  private void writePending() throws IOException, InterruptedException {
    for (Pending p : List.copyOf(pending)) {
      write(p.in, p.name, p.path, p.status);
    }
    pending.clear();
  }

  private static boolean isSame(
      Directory before, FileStatus old, Directory after, FileStatus now, String name)
      throws IOException {
    if (old.device() == now.device() && old.inode() == now.inode()) {
      return true;
    }
    if (old.mode() != now.mode()
        || old.uid() != now.uid()
        || old.gid() != now.gid()
        || old.deviceMajor() != now.deviceMajor()
        || old.deviceMinor() != now.deviceMinor()
        || !sameXattrs(xattrs(before, name), xattrs(after, name))) {
      return false;
    }
    if (now.isSymlink()) {
      return before.readlink(name).equals(after.readlink(name));
    }
    if (!now.isRegular()) {
      return true;
    }
    if (old.size() != now.size() || old.modifySeconds() != now.modifySeconds()) {
      return false;
    }
    if (old.modifyNanos() != 0 && now.modifyNanos() != 0) {
      return old.modifyNanos() == now.modifyNanos();
    }
    return sameContent(before, after, name);
  }

  private static boolean sameXattrs(Map<String, byte[]> a, Map<String, byte[]> b) {
    if (!a.keySet().equals(b.keySet())) {
      return false;
    }
    for (Map.Entry<String, byte[]> x : a.entrySet()) {
      if (!Arrays.equals(x.getValue(), b.get(x.getKey()))) {
        return false;
      }
    }
    return true;
  }

  private static boolean sameContent(Directory before, Directory after, String name)
      throws IOException {
    byte[] a = new byte[64 * 1024];
    byte[] b = new byte[64 * 1024];
    try (OpenFile x = before.file(name, OpenFile.O_RDONLY, 0);
        OpenFile y = after.file(name, OpenFile.O_RDONLY, 0);
        InputStream xs = x.inputStream();
        InputStream ys = y.inputStream()) {
      while (true) {
        int n = xs.readNBytes(a, 0, a.length);
        int m = ys.readNBytes(b, 0, b.length);
        if (n != m || !Arrays.equals(a, 0, n, b, 0, m)) {
          return false;
        }
        if (n == 0) {
          return true;
        }
      }
    }
  }

  private void whiteout(String prefix, String name) throws IOException {
    tar.begin(TarEntry.builder(prefix + Whiteouts.PREFIX + name, TarEntry.Type.FILE).build());
  }

  private void write(Directory in, String name, String path, FileStatus status)
      throws IOException, InterruptedException {
    if (status.type() == FileStatus.S_IFSOCK) {
      return;
    }
    if (name.startsWith(Whiteouts.PREFIX)) {
      throw new IOException(
          path + ": a layer cannot hold a file whose name begins with " + Whiteouts.PREFIX);
    }
    TarEntry.Builder entry =
        TarEntry.builder(status.isDirectory() ? path + "/" : path, type(status))
            .mode(status.permissions())
            .owner(status.uid() & 0xffffffffL, status.gid() & 0xffffffffL)
            .modified(time(status));
    if (!status.isDirectory() && status.links() > 1) {
      String first = firstNames.putIfAbsent(new Inode(status.device(), status.inode()), path);
      if (first != null) {
        tar.begin(
            TarEntry.builder(path, TarEntry.Type.HARD_LINK)
                .mode(status.permissions())
                .owner(status.uid() & 0xffffffffL, status.gid() & 0xffffffffL)
                .modified(time(status))
                .linkName(first)
                .xattrs(xattrs(in, name))
                .build());
        return;
      }
    }
    entry.xattrs(xattrs(in, name));
    if (status.isSymlink()) {
      tar.begin(entry.linkName(in.readlink(name)).build());
    } else if (status.isDevice()) {
      tar.begin(entry.device(status.deviceMajor(), status.deviceMinor()).build());
    } else if (status.isRegular() && status.size() > 0) {
      try (OpenFile file = in.file(name, OpenFile.O_RDONLY, 0)) {
        tar.add(entry.size(status.size()).build(), file.inputStream());
      }
    } else {
      tar.begin(entry.build());
    }
  }

  private Instant time(FileStatus status) {
    Instant t = Instant.ofEpochSecond(status.modifySeconds());
    return options.latest().isPresent() && t.isAfter(options.latest().get())
        ? options.latest().get()
        : t;
  }

  /**
   * What moves with a file: capabilities, access lists and users' attributes, not what one host
   * means by it.
   */
  private static Map<String, byte[]> xattrs(Directory in, String name) throws LinuxException {
    Map<String, byte[]> all = in.xattrs(name);
    if (all.isEmpty()) {
      return all;
    }
    Map<String, byte[]> kept = new TreeMap<>(all);
    kept.keySet()
        .removeIf(x ->
            Whiteouts.isOverlayAttribute(x)
                || x.startsWith("security.") && !x.equals("security.capability"));
    return kept;
  }

  private static TarEntry.Type type(FileStatus status) throws IOException {
    return switch (status.type()) {
      case FileStatus.S_IFREG -> TarEntry.Type.FILE;
      case FileStatus.S_IFDIR -> TarEntry.Type.DIRECTORY;
      case FileStatus.S_IFLNK -> TarEntry.Type.SYMLINK;
      case FileStatus.S_IFCHR -> TarEntry.Type.CHARACTER_DEVICE;
      case FileStatus.S_IFBLK -> TarEntry.Type.BLOCK_DEVICE;
      case FileStatus.S_IFIFO -> TarEntry.Type.FIFO;
      default -> throw new IOException("unknown file type " + Integer.toOctalString(status.type()));
    };
  }

  private static TreeMap<String, FileStatus> statuses(Directory directory) throws LinuxException {
    TreeMap<String, FileStatus> all = new TreeMap<>(LayerDiffer::compareNames);
    for (Directory.Entry e : directory.list()) {
      all.put(e.name(), directory.stat(e.name()));
    }
    return all;
  }

  /** In the order of their bytes, as other tools sort them. */
  private static int compareNames(String a, String b) {
    boolean ascii = a.chars().allMatch(c -> c < 0x80) && b.chars().allMatch(c -> c < 0x80);
    return ascii
        ? a.compareTo(b)
        : Arrays.compareUnsigned(
            dev.gatehouse.solver.linux.FileNames.encode(a),
            dev.gatehouse.solver.linux.FileNames.encode(b));
  }

  private static void checkInterrupted() throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException("making a layer interrupted");
    }
  }
}
