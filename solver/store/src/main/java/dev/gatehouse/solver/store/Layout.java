package dev.gatehouse.solver.store;

import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.linux.Directory;
import dev.gatehouse.solver.linux.LinuxException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Where everything lies on disk:
 *
 * <pre>
 * lock                       held while open
 * store.db                   SQLite: records, blobs, leases, caches
 * content/blobs/ALG/HEX      whole, verified blobs
 * content/ingest/HEX         blobs being written, by hash of the ingest's name
 * snapshots/N/fs             a tree, or its differences from its parent in overlayfs' format
 * snapshots/N/work           overlayfs' scratch space
 * snapshots/N/delta          whiteouts and all, of a difference whose fs is a plain tree
 * mounts/N                   mount points
 * tmp/                       of this process
 * reserve                    room for the metadata that freeing a full disk writes
 * trash/                     on its way out: renamed here at once, deleted in the background
 * </pre>
 */
final class Layout {
  private static final int RESERVE = 1 << 20;

  private final Path root;
  private final AtomicLong nextTrash = new AtomicLong();
  private volatile Runnable discarded = () -> {};
  private final AtomicLong nextTemp = new AtomicLong();

  Layout(Path root) throws IOException {
    Files.createDirectories(root);
    this.root = root.toRealPath();
    for (Path p : new Path[] {snapshots(), mounts(), temp(), trash(), ingests()}) {
      Files.createDirectories(p);
    }
    // Others may not look: snapshots hold set-id files and what secrets' authors left.
    try (Directory d = Directory.open(this.root)) {
      d.chmod(".", 0711);
      d.chmod("content", 0700);
      d.chmod("snapshots", 0700);
      d.chmod("mounts", 0700);
      d.chmod("tmp", 0700);
      d.chmod("trash", 0700);
    }
    // SQLite gives its further files the permissions of the first.
    Set<PosixFilePermission> mine = PosixFilePermissions.fromString("rw-------");
    if (Files.exists(database())) {
      Files.setPosixFilePermissions(database(), mine);
    } else {
      Files.createFile(database(), PosixFilePermissions.asFileAttribute(mine));
    }
  }

  Path root() {
    return root;
  }

  Path lock() {
    return root.resolve("lock");
  }

  Path database() {
    return root.resolve("store.db");
  }

  Path snapshots() {
    return root.resolve("snapshots");
  }

  Path snapshot(long number) {
    return snapshots().resolve(Long.toString(number));
  }

  Path tree(long snapshot) {
    return snapshot(snapshot).resolve("fs");
  }

  Path work(long snapshot) {
    return snapshot(snapshot).resolve("work");
  }

  Path delta(long snapshot) {
    return snapshot(snapshot).resolve("delta");
  }

  Path mounts() {
    return root.resolve("mounts");
  }

  Path temp() {
    return root.resolve("tmp");
  }

  Path trash() {
    return root.resolve("trash");
  }

  Path content() {
    return root.resolve("content");
  }

  Path blobs() {
    return content().resolve("blobs");
  }

  Path blob(Digest digest) {
    return blobs().resolve(digest.algorithm()).resolve(digest.encoded());
  }

  Path ingests() {
    return content().resolve("ingest");
  }

  Path ingest(String name) {
    return ingests()
        .resolve(Digest.sha256(name.getBytes(StandardCharsets.UTF_8)).encoded().substring(0, 40));
  }

  /** A new directory for a task of this process. */
  Path makeTemp() throws IOException {
    return Files.createDirectory(temp().resolve(Long.toString(nextTemp.incrementAndGet())));
  }

  /** Sets what is told of everything that is discarded from now on. */
  void whenDiscarded(Runnable told) {
    discarded = told;
  }

  /** Takes a file or tree out of its place at once; {@link #emptyTrash} deletes it. */
  void discard(Path path) throws IOException {
    Path parent = path.getParent();
    Path name = path.getFileName();
    if (parent == null || name == null) {
      throw new IllegalArgumentException(path.toString());
    }
    try (Directory from = Directory.open(parent);
        Directory to = Directory.open(trash())) {
      from.rename(name.toString(), to, System.nanoTime() + "-" + nextTrash.incrementAndGet());
      discarded.run();
    } catch (LinuxException e) {
      if (!e.is(dev.gatehouse.solver.linux.Errno.ENOENT)) {
        throw e;
      }
    }
  }

  /**
   * Takes some space, so that {@link #useReserve} can give it back; quietly not when there is none.
   */
  void makeReserve() throws IOException {
    Path reserve = root.resolve("reserve");
    if (Files.exists(reserve)) {
      return;
    }
    try {
      Files.write(reserve, new byte[RESERVE]);
    } catch (IOException e) {
      Files.deleteIfExists(reserve);
    }
  }

  void useReserve() throws IOException {
    Files.deleteIfExists(root.resolve("reserve"));
  }

  void emptyTrash() throws IOException {
    try (Directory d = Directory.open(trash())) {
      d.deleteContent();
    }
  }

  /** Throws away downloads that were begun. */
  void emptyIngests() throws IOException {
    if (Files.isDirectory(ingests())) {
      try (Directory d = Directory.open(ingests())) {
        d.deleteContent();
      }
    }
  }

  void emptyTemp() throws IOException {
    try (Directory d = Directory.open(temp())) {
      d.deleteContent();
    }
  }

  static void deleteTree(Path path) throws IOException {
    Path parent = path.getParent();
    Path name = path.getFileName();
    if (parent == null || name == null) {
      throw new IllegalArgumentException(path.toString());
    }
    try (Directory d = Directory.open(parent)) {
      d.deleteTree(name.toString());
    }
  }
}
