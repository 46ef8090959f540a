package dev.gatehouse.solver.store.layer;

import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.linux.Directory;
import dev.gatehouse.solver.linux.Errno;
import dev.gatehouse.solver.linux.FileStatus;
import dev.gatehouse.solver.linux.LinuxException;
import dev.gatehouse.solver.linux.OpenFile;
import dev.gatehouse.solver.linux.RootDirectory;
import dev.gatehouse.solver.store.tar.TarEntry;
import dev.gatehouse.solver.store.tar.TarException;
import dev.gatehouse.solver.store.tar.TarReader;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Applies a layer to a directory, as the OCI image specification says.
 *
 * <p>Every name is resolved with the directory as its root: neither {@code ..}, nor an absolute
 * name, nor a symlink that this or an earlier layer left leads outside. Attributes that overlayfs
 * would act on are dropped. Nothing is synced; a failure leaves a directory to be deleted.
 */
public final class LayerUnpacker {
  private static final int BUFFER = 256 * 1024;

  /** What becomes of deletions. */
  public enum Mode {
    /**
     * The directory becomes the upper directory of an overlay: deletions are written in overlayfs'
     * form.
     */
    OVERLAY,
    /** The directory holds the lower layers' content, and what a layer deletes is deleted. */
    MERGE
  }

  /**
   * How to unpack.
   *
   * @param userXattrs whether overlayfs is mounted with {@code userxattr}, without privileges
   * @param keepOwners whether owners are set as the layer says
   * @param lowers for OVERLAY: the directories of the lower layers, the nearest first, from which
   *     directories that the layer does not name take their attributes
   * @param maxEntries limit of members
   * @param maxBytes limit of content in all
   */
  public record Options(
      Mode mode,
      boolean userXattrs,
      boolean keepOwners,
      List<Path> lowers,
      long maxEntries,
      long maxBytes) {
    public Options {
      lowers = List.copyOf(lowers);
    }

    public static Options overlay(List<Path> lowers) {
      return new Options(Mode.OVERLAY, false, true, lowers, 20_000_000, 1L << 42);
    }

    public static Options merge() {
      return new Options(Mode.MERGE, false, true, List.of(), 20_000_000, 1L << 42);
    }

    public Options withUserXattrs(boolean userXattrs) {
      return new Options(mode, userXattrs, keepOwners, lowers, maxEntries, maxBytes);
    }

    public Options withKeepOwners(boolean keepOwners) {
      return new Options(mode, userXattrs, keepOwners, lowers, maxEntries, maxBytes);
    }

    public Options withLimits(long maxEntries, long maxBytes) {
      return new Options(mode, userXattrs, keepOwners, lowers, maxEntries, maxBytes);
    }
  }

  /**
   * What was unpacked.
   *
   * @param diffId digest of the uncompressed tar
   * @param entries members
   * @param bytes content of files
   */
  public record Unpacked(Digest diffId, long entries, long bytes) {}

  private final RootDirectory root;
  private final Options options;
  private final byte[] buffer = new byte[BUFFER];

  /** Names of this layer, which its own whiteouts do not delete. Only kept in MERGE. */
  private final Set<String> unpacked = new HashSet<>();

  private final Map<String, Instant> directoryTimes = new LinkedHashMap<>();
  private @Nullable String parentPath;

  /**
   * {@link #parentPath} without symlinks, as names are kept in {@link #unpacked}. Only in MERGE.
   */
  private String resolvedParent = "";

  private @Nullable Directory parent;
  private @Nullable Boolean parentMerges;
  private long entries;
  private long bytes;

  private LayerUnpacker(RootDirectory root, Options options) {
    this.root = root;
    this.options = options;
  }

  /**
   * Unpacks a layer.
   *
   * @param blob the layer, compressed in any supported format or not at all; read to its end, not
   *     closed
   * @param directory exists
   * @param diffId what the uncompressed tar must have, if known
   * @throws TarException if the layer is damaged, exceeds a limit or has another diff id
   * @throws LinuxException if the file system refuses
   */
  public static Unpacked unpack(
      InputStream blob, Path directory, Optional<Digest> diffId, Options options)
      throws IOException, InterruptedException {
    MessageDigest sha = Digest.newSha256();
    try (RootDirectory root = RootDirectory.open(directory)) {
      LayerUnpacker unpacker = new LayerUnpacker(root, options);
      InputStream plain = Compression.decompress(new Unclosed(blob));
      try (InputStream tar = new Hashed(plain, sha)) {
        unpacker.apply(new TarReader(tar));
        byte[] rest = new byte[8192];
        while (tar.read(rest) >= 0) {
          // Padding after the archive's end is part of the diff id.
        }
      } finally {
        unpacker.forgetParent();
      }
      Digest actual = Digest.of(sha.digest());
      if (diffId.isPresent() && !diffId.get().equals(actual)) {
        throw new TarException("layer has diff id " + actual + ", expected " + diffId.get());
      }
      return new Unpacked(actual, unpacker.entries, unpacker.bytes);
    }
  }

  private void apply(TarReader tar) throws IOException, InterruptedException {
    for (TarEntry e = tar.next(); e != null; e = tar.next()) {
      if (Thread.interrupted()) {
        throw new InterruptedException("unpacking interrupted");
      }
      if (++entries > options.maxEntries()) {
        throw new TarException("layer has more than " + options.maxEntries() + " entries");
      }
      bytes += e.size();
      if (bytes > options.maxBytes()) {
        throw new TarException("layer has more than " + options.maxBytes() + " bytes");
      }
      String path = normalize(e.name());
      if (path.isEmpty()) {
        if (e.isDirectory()) {
          setAttributes(root.root(), ".", e);
          directoryTimes.put("", e.modified());
        }
        continue;
      }
      int slash = path.lastIndexOf('/');
      String name = path.substring(slash + 1);
      String parentOf = slash < 0 ? "" : path.substring(0, slash);
      if (name.startsWith(Whiteouts.META_PREFIX)) {
        if (name.equals(Whiteouts.OPAQUE)) {
          makeOpaque(parentOf);
        }
        continue;
      }
      Directory directory = parent(parentOf);
      if (name.startsWith(Whiteouts.PREFIX)) {
        String target = name.substring(Whiteouts.PREFIX.length());
        if (target.isEmpty() || target.equals(".") || target.equals("..")) {
          throw new TarException("invalid whiteout name: " + e.name());
        }
        whiteOut(directory, target);
        continue;
      }
      create(directory, path, name, e, tar);
      if (options.mode() == Mode.MERGE) {
        unpacked.add(resolvedParent.isEmpty() ? name : resolvedParent + "/" + name);
      }
    }
    forgetParent();
    for (Map.Entry<String, Instant> d : directoryTimes.entrySet()) {
      setDirectoryTime(d.getKey(), d.getValue());
    }
  }

  private void setDirectoryTime(String path, Instant time) throws LinuxException {
    try (RootDirectory.Place place = root.place("/" + path)) {
      if (place.stat().isDirectory()) {
        place.directory().setTimes(place.name(), time.getEpochSecond(), time.getNano());
      }
    } catch (LinuxException e) {
      if (!e.is(Errno.ENOENT) && !e.is(Errno.ENOTDIR)) {
        throw e;
      }
      // The layer itself replaced the directory after naming it.
    }
  }

  private void create(Directory directory, String path, String name, TarEntry e, TarReader tar)
      throws IOException {
    Optional<FileStatus> there = directory.find(name);
    boolean wasWhiteout =
        options.mode() == Mode.OVERLAY && there.isPresent() && there.get().isWhiteout();
    boolean merges = there.isPresent() && there.get().isDirectory() && e.isDirectory();
    if (there.isPresent() && !merges) {
      directory.deleteTree(name);
    }
    switch (e.type()) {
      case DIRECTORY -> {
        if (!merges) {
          directory.mkdir(name, 0700);
          if (wasWhiteout) {
            setOpaque(directory, name);
          }
        }
        directoryTimes.remove(path);
        directoryTimes.put(path, e.modified());
        setAttributes(directory, name, e);
      }
      case FILE -> createFile(directory, name, e, tar);
      case SYMLINK -> {
        directory.symlink(e.linkName(), name);
        setAttributes(directory, name, e);
      }
      case HARD_LINK -> link(directory, name, e);
      case CHARACTER_DEVICE -> {
        directory.mknod(
            name, FileStatus.S_IFCHR | e.mode(), (int) e.deviceMajor(), (int) e.deviceMinor());
        setAttributes(directory, name, e);
      }
      case BLOCK_DEVICE -> {
        directory.mknod(
            name, FileStatus.S_IFBLK | e.mode(), (int) e.deviceMajor(), (int) e.deviceMinor());
        setAttributes(directory, name, e);
      }
      case FIFO -> {
        directory.mknod(name, FileStatus.S_IFIFO | e.mode(), 0, 0);
        setAttributes(directory, name, e);
      }
    }
  }

  private void createFile(Directory directory, String name, TarEntry e, TarReader tar)
      throws IOException {
    try (OpenFile file =
        directory.file(name, OpenFile.O_WRONLY | OpenFile.O_CREAT | OpenFile.O_EXCL, 0600)) {
      for (int n; (n = tar.read(buffer, 0, buffer.length)) > 0; ) {
        file.write(buffer, 0, n);
      }
      if (options.keepOwners()) {
        file.chown(owner(e.uid(), e), owner(e.gid(), e));
      }
      setXattrs(directory, name, e);
      file.chmod(e.mode());
      long seconds = e.modified().getEpochSecond();
      int nanos = e.modified().getNano();
      file.setTimes(seconds, nanos, seconds, nanos);
    }
  }

  private void link(Directory directory, String name, TarEntry e) throws IOException {
    String target = normalize(e.linkName());
    if (target.isEmpty()) {
      throw new TarException(e.name() + ": hard link to the root directory");
    }
    try (RootDirectory.Place from = root.place("/" + target)) {
      directory.link(from.directory(), from.name(), name);
    } catch (LinuxException x) {
      if (x.is(Errno.ENOENT) || x.is(Errno.ENOTDIR)) {
        throw new TarException(
            e.name() + ": hard link to " + e.linkName() + ", which this layer does not hold");
      }
      throw x;
    }
  }

  /** Owner, attributes, permissions, times, in the order in which none undoes another. */
  private void setAttributes(Directory directory, String name, TarEntry e) throws IOException {
    if (options.keepOwners()) {
      directory.chown(name, owner(e.uid(), e), owner(e.gid(), e));
    }
    setXattrs(directory, name, e);
    if (e.type() != TarEntry.Type.SYMLINK) {
      directory.chmod(name, e.mode());
    }
    directory.setTimes(name, e.modified().getEpochSecond(), e.modified().getNano());
  }

  private static int owner(long id, TarEntry e) throws TarException {
    if (id >= 0xffff_ffffL) {
      throw new TarException(e.name() + ": owner " + id + " out of range");
    }
    return (int) id;
  }

  private static void setXattrs(Directory directory, String name, TarEntry e)
      throws LinuxException {
    for (Map.Entry<String, byte[]> x : e.xattrs().entrySet()) {
      if (!Whiteouts.isOverlayAttribute(x.getKey())) {
        setXattr(directory, name, x.getKey(), x.getValue());
      }
    }
  }

  private static void setXattr(Directory directory, String name, String key, byte[] value)
      throws LinuxException {
    try {
      directory.setXattr(name, key, value);
    } catch (LinuxException x) {
      // A file system without this kind of attribute, or user.* on what is neither file nor
      // directory: container tools go on, and so does whoever made the layer expect.
      if (!x.is(Errno.EOPNOTSUPP) && !(x.is(Errno.EPERM) && key.startsWith("user."))) {
        throw x;
      }
    }
  }

  private void whiteOut(Directory directory, String name) throws IOException {
    String path = resolvedParent.isEmpty() ? name : resolvedParent + "/" + name;
    Optional<FileStatus> there = directory.find(name);
    if (options.mode() == Mode.OVERLAY) {
      if (there.isEmpty()) {
        if (parentMerges()) {
          directory.mknod(name, FileStatus.S_IFCHR, 0, 0);
        }
      } else if (there.get().isDirectory()) {
        // The layer deletes the directory below and brings its own.
        setOpaque(directory, name);
      }
      return;
    }
    if (there.isEmpty()) {
      return;
    }
    if (!unpacked.contains(path)) {
      directory.deleteTree(name);
    } else if (there.get().isDirectory()) {
      deleteOlder(directory, path, name);
    }
  }

  /**
   * Whether the present directory is shown together with one below. Overlayfs lists the whiteouts
   * of one that is not, as names that nobody can open.
   */
  private boolean parentMerges() throws LinuxException {
    Boolean known = parentMerges;
    if (known != null) {
      return known;
    }
    Directory upper = root.directory("/");
    LowerView below = LowerView.root(options.lowers());
    try {
      for (String name : root.resolve("/" + parentPath).split("/")) {
        if (name.isEmpty() || below.isEmpty()) {
          continue;
        }
        Directory next = upper.directory(name);
        upper.close();
        upper = next;
        LowerView nextBelow =
            Whiteouts.isOpaque(upper) ? LowerView.root(List.of()) : below.directory(name);
        below.close();
        below = nextBelow;
      }
      parentMerges = !below.isEmpty();
      return !below.isEmpty();
    } finally {
      upper.close();
      below.close();
    }
  }

  private void makeOpaque(String path) throws IOException {
    Directory directory = parent(path);
    if (options.mode() == Mode.OVERLAY) {
      setOpaque(directory, ".");
      parentMerges = false;
      for (Directory.Entry e : directory.list()) {
        if (directory.stat(e.name()).isWhiteout()) {
          directory.unlink(e.name());
        }
      }
      return;
    }
    deleteOlder(directory, resolvedParent, ".");
  }

  /** Deletes what lower layers left in a directory, and keeps what this layer brought. */
  private void deleteOlder(Directory in, String path, String name) throws LinuxException {
    try (Directory directory = in.directory(name)) {
      for (Directory.Entry e : directory.list()) {
        String child = path.isEmpty() ? e.name() : path + "/" + e.name();
        if (!unpacked.contains(child)) {
          if (holdsUnpacked(child)) {
            deleteOlder(directory, child, e.name());
          } else {
            directory.deleteTree(e.name());
          }
        } else if (directory.stat(e.name()).isDirectory()) {
          deleteOlder(directory, child, e.name());
        }
      }
    }
  }

  private boolean holdsUnpacked(String path) {
    String prefix = path + "/";
    for (String p : unpacked) {
      if (p.startsWith(prefix)) {
        return true;
      }
    }
    return false;
  }

  private void setOpaque(Directory directory, String name) throws LinuxException {
    directory.setXattr(
        name,
        options.userXattrs() ? "user.overlay.opaque" : "trusted.overlay.opaque",
        "y".getBytes(StandardCharsets.US_ASCII));
  }

  /** The directory of a path, made with its parents if it is not there. */
  private Directory parent(String path) throws IOException {
    Directory cached = parent;
    if (cached != null && path.equals(parentPath)) {
      return cached;
    }
    forgetParent();
    Directory opened;
    try {
      opened = root.directory("/" + path);
    } catch (LinuxException e) {
      if (!e.is(Errno.ENOENT) && !e.is(Errno.ENOTDIR)) {
        throw e;
      }
      opened = makeParents(root.resolve("/" + path));
    }
    parent = opened;
    parentPath = path;
    if (options.mode() == Mode.MERGE) {
      resolvedParent = root.resolve("/" + path).substring(1);
    }
    return opened;
  }

  private Directory makeParents(String resolved) throws IOException {
    Directory at = root.directory("/");
    StringBuilder path = new StringBuilder();
    for (String name : resolved.split("/")) {
      if (name.isEmpty()) {
        continue;
      }
      path.append(path.isEmpty() ? "" : "/").append(name);
      Directory next;
      try {
        Optional<FileStatus> there = at.find(name);
        boolean wasWhiteout =
            options.mode() == Mode.OVERLAY && there.isPresent() && there.get().isWhiteout();
        if (wasWhiteout) {
          at.unlink(name);
        }
        if (there.isEmpty() || wasWhiteout) {
          at.mkdir(name, 0755);
          if (wasWhiteout) {
            setOpaque(at, name);
          } else {
            copyAttributes(at, path.toString(), name);
          }
        }
        next = at.directory(name);
      } finally {
        at.close();
      }
      at = next;
    }
    return at;
  }

  /** Gives a directory that the layer does not name the attributes it has in the layers below. */
  private void copyAttributes(Directory directory, String path, String name) throws IOException {
    for (Path lower : options.lowers()) {
      FileStatus status;
      Map<String, byte[]> xattrs;
      try (RootDirectory lowerRoot = RootDirectory.open(lower)) {
        Optional<FileStatus> found = findWithoutLinks(lowerRoot, path);
        if (found.isEmpty()) {
          continue;
        }
        status = found.get();
        if (!status.isDirectory()) {
          return; // Replaced: what lies below it is hidden.
        }
        try (RootDirectory.Place place = lowerRoot.place("/" + path)) {
          xattrs = place.directory().xattrs(place.name());
        }
      }
      if (options.keepOwners()) {
        directory.chown(name, status.uid(), status.gid());
      }
      for (Map.Entry<String, byte[]> x : xattrs.entrySet()) {
        if (!Whiteouts.isOverlayAttribute(x.getKey())) {
          setXattr(directory, name, x.getKey(), x.getValue());
        }
      }
      directory.chmod(name, status.permissions());
      directoryTimes.put(path, Instant.ofEpochSecond(status.modifySeconds(), status.modifyNanos()));
      return;
    }
  }

  private static Optional<FileStatus> findWithoutLinks(RootDirectory root, String path)
      throws LinuxException {
    if (!root.resolveParent("/" + path).equals("/" + path)) {
      return Optional.empty();
    }
    return root.findLstat("/" + path);
  }

  private void forgetParent() {
    Directory d = parent;
    parent = null;
    parentPath = null;
    parentMerges = null;
    if (d != null) {
      d.close();
    }
  }

  /**
   * The path without empty, {@code .} and {@code ..} components; what climbs too far stays at the
   * root.
   */
  static String normalize(String name) {
    if (!name.startsWith("/")
        && !name.startsWith(".")
        && !name.contains("//")
        && !name.contains("/.")) {
      return name.endsWith("/") ? name.substring(0, name.length() - 1) : name;
    }
    ArrayDeque<String> parts = new ArrayDeque<>();
    for (String part : name.split("/")) {
      if (part.equals("..")) {
        parts.pollLast();
      } else if (!part.isEmpty() && !part.equals(".")) {
        parts.add(part);
      }
    }
    return String.join("/", new ArrayList<>(parts));
  }

  private static final class Hashed extends FilterInputStream {
    private final MessageDigest sha;

    Hashed(InputStream in, MessageDigest sha) {
      super(in);
      this.sha = sha;
    }

    @Override
    public int read() throws IOException {
      int b = super.read();
      if (b >= 0) {
        sha.update((byte) b);
      }
      return b;
    }

    @Override
    public int read(byte[] b, int off, int len) throws IOException {
      int n = super.read(b, off, len);
      if (n > 0) {
        sha.update(b, off, n);
      }
      return n;
    }

    @Override
    public long skip(long n) throws IOException {
      byte[] skipped = new byte[(int) Math.min(n, 64 * 1024)];
      return Math.max(0, read(skipped));
    }
  }

  private static final class Unclosed extends FilterInputStream {
    Unclosed(InputStream in) {
      super(in);
    }

    @Override
    public void close() {}
  }
}
