package dev.gatehouse.solver.store;

import dev.gatehouse.solver.linux.Directory;
import dev.gatehouse.solver.linux.Errno;
import dev.gatehouse.solver.linux.FileStatus;
import dev.gatehouse.solver.linux.LinuxException;
import dev.gatehouse.solver.linux.OpenFile;
import dev.gatehouse.solver.linux.ReadableDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Work on whole trees in the store: copies, differences, layers laid over trees. Everything walks
 * by directory descriptors and follows no symlink. Nothing is synced.
 */
final class Trees {
  static final String OPAQUE = "trusted.overlay.opaque";
  private static final String OVERLAY = "trusted.overlay.";
  private static final byte[] YES = {'y'};

  private record Inode(long device, long inode) {}

  private Trees() {}

  /** Bytes allocated below a path; each inode counts once. */
  static long size(Path path) throws IOException, InterruptedException {
    try (Directory d = Directory.open(path)) {
      return d.status().blocks() * 512 + size(d, new HashSet<>());
    }
  }

  /** Trees that are being written are measured too: what goes away meanwhile counts nothing. */
  private static long size(Directory d, Set<Inode> seen) throws IOException, InterruptedException {
    checkInterrupted();
    List<Directory.Entry> entries;
    try {
      entries = d.list();
    } catch (LinuxException e) {
      if (e.is(Errno.ENOENT)) {
        return 0;
      }
      throw e;
    }
    long sum = 0;
    for (Directory.Entry e : entries) {
      Optional<FileStatus> found = d.find(e.name());
      if (found.isEmpty()) {
        continue;
      }
      FileStatus s = found.get();
      if (s.links() > 1 && !s.isDirectory() && !seen.add(new Inode(s.device(), s.inode()))) {
        continue;
      }
      sum += s.blocks() * 512;
      if (s.isDirectory()) {
        try (Directory below = d.directory(e.name())) {
          sum += size(below, seen);
        } catch (LinuxException gone) {
          if (!gone.is(Errno.ENOENT) && !gone.is(Errno.ENOTDIR)) {
            throw gone;
          }
        }
      }
    }
    return sum;
  }

  /** Copies all in one directory into another that is empty, and the directory's own attributes. */
  static void copy(Path from, Path to) throws IOException, InterruptedException {
    try (Directory f = Directory.open(from);
        Directory t = Directory.open(to)) {
      copyContent(f, t, t, "", new HashMap<>());
      copyAttributes(f, ".", f.status(), t, ".");
    }
  }

  private static void copyContent(
      Directory from, Directory to, Directory root, String prefix, Map<Inode, String> links)
      throws IOException, InterruptedException {
    checkInterrupted();
    for (Directory.Entry e : from.list()) {
      copyEntry(from, e.name(), from.stat(e.name()), to, root, prefix, links);
    }
  }

  private static void copyEntry(
      Directory from,
      String name,
      FileStatus s,
      Directory to,
      Directory root,
      String prefix,
      Map<Inode, String> links)
      throws IOException, InterruptedException {
    if (s.isDirectory()) {
      to.mkdir(name, 0700);
      try (Directory f = from.directory(name);
          Directory t = to.directory(name)) {
        copyContent(f, t, root, prefix + name + "/", links);
      }
      copyAttributes(from, name, s, to, name);
      return;
    }
    if (s.links() > 1) {
      String first = links.putIfAbsent(new Inode(s.device(), s.inode()), prefix + name);
      if (first != null && linkTo(root, first, to, name)) {
        return;
      }
    }
    copyFile(from, name, s, to, name);
  }

  private static boolean linkTo(Directory root, String path, Directory to, String name)
      throws LinuxException {
    int slash = path.indexOf('/');
    try {
      if (slash < 0) {
        to.link(root, path, name);
        return true;
      }
      try (Directory below = root.directory(path.substring(0, slash))) {
        return linkTo(below, path.substring(slash + 1), to, name);
      }
    } catch (LinuxException e) {
      if (e.is(Errno.EMLINK)) {
        return false;
      }
      throw e;
    }
  }

  /** Copies one file of any type but a directory, with all attributes. */
  static void copyFile(
      ReadableDirectory from, String name, FileStatus s, Directory to, String toName)
      throws IOException {
    switch (s.type()) {
      case FileStatus.S_IFREG -> {
        try (OpenFile in = from.file(name);
            OpenFile out =
                to.file(toName, OpenFile.O_WRONLY | OpenFile.O_CREAT | OpenFile.O_EXCL, 0600)) {
          out.copyFrom(in);
        }
      }
      case FileStatus.S_IFLNK -> to.symlink(from.readlink(name), toName);
      default -> to.mknod(toName, s.mode(), s.deviceMajor(), s.deviceMinor());
    }
    copyAttributes(from, name, s, to, toName);
  }

  /** Owner, permissions, extended attributes except overlayfs' own, and times. */
  static void copyAttributes(
      ReadableDirectory from, String name, FileStatus s, Directory to, String toName)
      throws LinuxException {
    to.chown(toName, s.uid(), s.gid());
    if (!s.isSymlink()) {
      to.chmod(toName, s.permissions());
    }
    for (Map.Entry<String, byte[]> x : from.xattrs(name).entrySet()) {
      if (!x.getKey().startsWith(OVERLAY)) {
        to.setXattr(toName, x.getKey(), x.getValue());
      }
    }
    to.setTimes(toName, s.accessSeconds(), s.accessNanos(), s.modifySeconds(), s.modifyNanos());
  }

  /**
   * Lays one layer over a tree by hard links, as overlayfs would show it.
   *
   * @param layer changes in overlayfs' format
   * @param below what lay below the layer when it was made, as a plain tree: tells whether its
   *     opaque marks hide anything, since overlayfs sets them on every new directory, and what of
   *     it is no change; null to take all as meant, when the layer is laid over what it was made
   *     upon
   * @param target the tree, in overlayfs' format if it has a base
   * @param base what lies below the target, as a plain tree; null for nothing
   * @return whether the layer changes anything, deletions too
   */
  static boolean apply(
      Directory layer,
      @Nullable ReadableDirectory below,
      boolean natural,
      Directory target,
      @Nullable ReadableDirectory base)
      throws IOException, InterruptedException {
    return apply(layer, below, null, natural, target, base);
  }

  /**
   * Lays one directory of a layer over a tree.
   *
   * @param gone what this directory replaced as a whole: of it nothing shows any more but what the
   *     layer has itself; null if it replaced nothing
   */
  private static boolean apply(
      Directory layer,
      @Nullable ReadableDirectory below,
      @Nullable ReadableDirectory gone,
      boolean natural,
      Directory target,
      @Nullable ReadableDirectory base)
      throws IOException, InterruptedException {
    checkInterrupted();
    boolean changes = false;
    Set<String> deleted = new TreeSet<>();
    if (gone != null) {
      gone.list().forEach(e -> deleted.add(e.name()));
    }
    for (Directory.Entry e : layer.list()) {
      String name = e.name();
      FileStatus s = layer.stat(name);
      if (s.isWhiteout()) {
        delete(name, target, base);
        changes |= below == null || below.find(name).isPresent();
      } else if (s.isDirectory()) {
        changes |= applyDirectory(layer, name, s, below, gone, natural, target, base);
      } else if (below == null || changed(below, layer, s, name)) {
        target.deleteTree(name);
        linkOrCopy(layer, name, s, target);
        changes = true;
      }
      deleted.remove(name);
    }
    for (String name : deleted) {
      delete(name, target, base);
      changes = true;
    }
    return changes;
  }

  private static void delete(String name, Directory target, @Nullable ReadableDirectory base)
      throws IOException, InterruptedException {
    target.deleteTree(name);
    if (base != null && base.find(name).isPresent()) {
      target.mknod(name, FileStatus.S_IFCHR, 0, 0);
    }
  }

  /**
   * Whether a layer does more than show again what lay below: overlayfs copies up what it opens.
   */
  private static boolean changed(
      ReadableDirectory below, Directory layer, FileStatus s, String name) throws IOException {
    Optional<FileStatus> before = below.find(name);
    return before.isEmpty() || differ(below, before.get(), layer, s, name);
  }

  /**
   * Lays one directory over a tree. One that the layer made anew hides all that is there only where
   * the layer lies upon what it was made upon; elsewhere it deletes what it replaced there, and
   * what others have put beside stays.
   */
  private static boolean applyDirectory(
      Directory layer,
      String name,
      FileStatus s,
      @Nullable ReadableDirectory below,
      @Nullable ReadableDirectory gone,
      boolean natural,
      Directory target,
      @Nullable ReadableDirectory base)
      throws IOException, InterruptedException {
    boolean belowHas = below != null && isDirectory(below.find(name));
    boolean anew = isOpaque(layer, name);
    boolean hides = anew && natural;
    ReadableDirectory replaced = anew && belowHas ? below : gone;
    boolean replacedHas = replaced != null && isDirectory(replaced.find(name));
    boolean baseHas = base != null && isDirectory(base.find(name));
    boolean baseHidden = false;
    Optional<FileStatus> there = target.find(name);
    if (there.isPresent() && (hides || !there.get().isDirectory())) {
      baseHidden = true;
      target.deleteTree(name);
      there = Optional.empty();
    } else if (there.isPresent()) {
      baseHidden = isOpaque(target, name);
    } else {
      baseHidden = hides;
    }
    boolean same = belowHas && !anew && below != null && !changed(below, layer, s, name);
    boolean made = there.isEmpty();
    if (made) {
      target.mkdir(name, 0700);
      if (baseHidden && baseHas) {
        target.setXattr(name, OPAQUE, YES);
      }
    }
    try (Directory l = layer.directory(name);
        Directory t = target.directory(name);
        ReadableDirectory n = belowHas && !anew && below != null ? below.directory(name) : null;
        ReadableDirectory g =
            replacedHas && !hides && replaced != null ? replaced.directory(name) : null;
        ReadableDirectory b =
            baseHas && !baseHidden && base != null ? base.directory(name) : null) {
      same &= !apply(l, n, g, natural, t, b);
      if (same && made && !baseHidden) {
        target.rmdir(name);
        return false;
      }
    }
    copyAttributes(layer, name, s, target, name);
    return !same;
  }

  private static void linkOrCopy(Directory from, String name, FileStatus s, Directory to)
      throws IOException {
    try {
      to.link(from, name, name);
    } catch (LinuxException e) {
      if (!e.is(Errno.EMLINK) && !e.is(Errno.EXDEV) && !e.is(Errno.EPERM)) {
        throw e;
      }
      copyFile(from, name, s, to, name);
    }
  }

  private static boolean isDirectory(Optional<FileStatus> s) {
    return s.isPresent() && s.get().isDirectory();
  }

  static boolean isOpaque(Directory d, String name) throws LinuxException {
    Optional<byte[]> value = d.xattr(name, OPAQUE);
    return value.isPresent() && Arrays.equals(value.get(), YES);
  }

  /**
   * Writes what turns one tree into another.
   *
   * @param lower null for an empty tree
   * @param upper null for an empty tree
   * @param delta receives the changes in overlayfs' format, whiteouts included; null for none
   * @param plain receives added and changed files only; null for none
   */
  static void difference(
      @Nullable ReadableDirectory lower,
      @Nullable ReadableDirectory upper,
      @Nullable Directory delta,
      @Nullable Directory plain)
      throws IOException, InterruptedException {
    checkInterrupted();
    Set<String> names = new TreeSet<>();
    if (lower != null) {
      lower.list().forEach(e -> names.add(e.name()));
    }
    if (upper != null) {
      upper.list().forEach(e -> names.add(e.name()));
    }
    for (String name : names) {
      Optional<FileStatus> l = lower == null ? Optional.empty() : lower.find(name);
      Optional<FileStatus> u = upper == null ? Optional.empty() : upper.find(name);
      if (u.isEmpty() || upper == null) {
        if (delta != null) {
          delta.mknod(name, FileStatus.S_IFCHR, 0, 0);
        }
      } else if (u.get().isDirectory()) {
        differentDirectory(lower, l, upper, u.get(), name, delta, plain);
      } else if (l.isEmpty() || lower == null || differ(lower, l.get(), upper, u.get(), name)) {
        for (Directory to : new Directory[] {delta, plain}) {
          if (to != null) {
            copyFile(upper, name, u.get(), to, name);
          }
        }
      }
    }
  }

  private static void differentDirectory(
      @Nullable ReadableDirectory lower,
      Optional<FileStatus> l,
      ReadableDirectory upper,
      FileStatus u,
      String name,
      @Nullable Directory delta,
      @Nullable Directory plain)
      throws IOException, InterruptedException {
    boolean both = lower != null && isDirectory(l);
    for (Directory to : new Directory[] {delta, plain}) {
      if (to != null) {
        to.mkdir(name, 0700);
      }
    }
    boolean empty;
    try (ReadableDirectory lo = both && lower != null ? lower.directory(name) : null;
        ReadableDirectory up = upper.directory(name);
        Directory d = delta == null ? null : delta.directory(name);
        Directory p = plain == null ? null : plain.directory(name)) {
      difference(lo, up, d, p);
      empty = (d == null || d.list().isEmpty()) && (p == null || p.list().isEmpty());
    }
    if (both && lower != null && empty && !differ(lower, l.orElseThrow(), upper, u, name)) {
      for (Directory to : new Directory[] {delta, plain}) {
        if (to != null) {
          to.rmdir(name);
        }
      }
      return;
    }
    for (Directory to : new Directory[] {delta, plain}) {
      if (to != null) {
        copyAttributes(upper, name, u, to, name);
      }
    }
  }

  private static boolean differ(
      ReadableDirectory lower, FileStatus l, ReadableDirectory upper, FileStatus u, String name)
      throws IOException {
    if (l.mode() != u.mode()
        || l.uid() != u.uid()
        || l.gid() != u.gid()
        || l.deviceMajor() != u.deviceMajor()
        || l.deviceMinor() != u.deviceMinor()
        || !sameXattrs(lower.xattrs(name), upper.xattrs(name))) {
      return true;
    }
    if (u.isDirectory()) {
      return false;
    }
    if (u.isSymlink()) {
      return !lower.readlink(name).equals(upper.readlink(name));
    }
    if (!u.isRegular()) {
      return false;
    }
    if (l.size() != u.size()
        || l.modifySeconds() != u.modifySeconds()
        || l.modifyNanos() != u.modifyNanos()) {
      return true;
    }
    if (l.device() == u.device() && l.inode() == u.inode()) {
      return false;
    }
    // Unpacked times are often whole seconds, too coarse to prove equality.
    return u.modifyNanos() == 0 && !sameContent(lower, upper, name);
  }

  private static boolean sameXattrs(Map<String, byte[]> a, Map<String, byte[]> b) {
    Map<String, byte[]> x = new HashMap<>(a);
    Map<String, byte[]> y = new HashMap<>(b);
    x.keySet().removeIf(k -> k.startsWith(OVERLAY));
    y.keySet().removeIf(k -> k.startsWith(OVERLAY));
    if (!x.keySet().equals(y.keySet())) {
      return false;
    }
    for (Map.Entry<String, byte[]> e : x.entrySet()) {
      if (!Arrays.equals(e.getValue(), y.get(e.getKey()))) {
        return false;
      }
    }
    return true;
  }

  private static boolean sameContent(ReadableDirectory lower, ReadableDirectory upper, String name)
      throws IOException {
    try (OpenFile a = lower.file(name);
        OpenFile b = upper.file(name)) {
      byte[] x = new byte[64 << 10];
      byte[] y = new byte[64 << 10];
      while (true) {
        int n = a.inputStream().readNBytes(x, 0, x.length);
        int m = b.inputStream().readNBytes(y, 0, y.length);
        if (n != m || !Arrays.equals(x, 0, n, y, 0, m)) {
          return false;
        }
        if (n == 0) {
          return true;
        }
      }
    }
  }

  private static void checkInterrupted() throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
  }
}
