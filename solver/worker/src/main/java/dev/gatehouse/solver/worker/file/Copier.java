package dev.gatehouse.solver.worker.file;

import dev.gatehouse.llb.SlashPath;
import dev.gatehouse.llb.pattern.PatternMatcher;
import dev.gatehouse.solver.linux.Directory;
import dev.gatehouse.solver.linux.Errno;
import dev.gatehouse.solver.linux.FileStatus;
import dev.gatehouse.solver.linux.LinuxException;
import dev.gatehouse.solver.linux.OpenFile;
import dev.gatehouse.solver.linux.ReadableDirectory;
import dev.gatehouse.solver.linux.ReadableRoot;
import dev.gatehouse.solver.linux.RootDirectory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Copies a file or directory from one tree into another with owner, permissions, times, extended
 * attributes, hard links and devices. Source of the rules: fsutil's {@code copy} package.
 *
 * <p>Directories are merged; other things replace each other, but neither replaces a directory nor
 * is replaced by one, unless {@code alwaysReplace}. With include patterns a directory is made when
 * the first of its content is copied.
 */
final class Copier {
  private static final int DIRECTORY_MODE = 0755;

  /**
   * What a copy changes.
   *
   * @param owner of the copies, that of the sources if empty
   * @param time of the copies, that of the sources if null
   * @param mode permissions of the copies, -1 for those of the sources
   * @param symbolic permissions made of the sources', instead of mode
   * @param contents whether a directory means its content
   * @param followLinks whether a symlink as source means its target
   * @param includes patterns of what to copy, all if empty
   * @param excludes patterns of what not to copy
   * @param alwaysReplace whether what is in the way goes, whatever its type
   */
  record Options(
      Optional<Owner> owner,
      Paths.@Nullable Time time,
      int mode,
      Optional<SymbolicMode> symbolic,
      boolean contents,
      boolean followLinks,
      PatternMatcher includes,
      PatternMatcher excludes,
      boolean alwaysReplace) {
    int directoryMode() {
      return mode == -1 ? DIRECTORY_MODE : mode;
    }
  }

  private record Inode(long device, long inode) {}

  private final ReadableRoot source;
  private final RootDirectory target;
  private final Options options;

  /** Where the first name of a file with several lies in the target. */
  private final Map<Inode, String> links = new HashMap<>();

  Copier(ReadableRoot source, RootDirectory target, Options options) {
    this.source = source;
    this.target = target;
    this.options = options;
  }

  /**
   * Copies.
   *
   * @param from a cleaned path of the source tree
   * @param to a cleaned path of the target tree; one that ends in a slash is a directory
   */
  void copy(String from, String to) throws IOException, InterruptedException {
    links.clear(); // As BuildKit: names of one file stay together within one source.
    List<String> made = new ArrayList<>();
    String name = to.substring(to.lastIndexOf('/') + 1);
    String ensure =
        name.isEmpty() || name.equals(".") ? to : to.substring(0, to.lastIndexOf('/') + 1);
    made.addAll(makeDirectories(target.resolve(ensure)));
    String destination = target.resolve(to);
    String path = SlashPath.join("/", from);
    String resolved = options.followLinks() ? source.resolve(path) : source.resolveParent(path);
    FileStatus status =
        source
            .findLstat(resolved)
            .orElseThrow(() -> new LinuxException("lstat", path, Errno.ENOENT));
    Optional<FileStatus> there = target.findStat(destination);
    boolean merges = status.isDirectory() && options.contents();
    boolean into =
        status.isDirectory()
            ? !options.contents() && there.isPresent()
            : there.isPresent() && there.get().isDirectory();
    if (into) {
      destination = SlashPath.join(destination, SlashPath.base(from));
    }
    made.addAll(
        makeDirectories(
            merges && there.isEmpty() ? destination : SlashPath.directory(destination)));
    if (destination.equals("/")) {
      try (ReadableRoot.Place s = source.place(resolved);
          RootDirectory.Place t = target.place("/")) {
        visit(s.directory(), s.name(), "", new Into(t.directory()), t.name(), "/", null, false);
      }
    } else {
      try (ReadableRoot.Place s = source.place(resolved);
          RootDirectory.Place t = target.place(destination)) {
        visit(
            s.directory(),
            s.name(),
            "",
            new Into(t.directory()),
            t.name(),
            destination,
            null,
            false);
      }
    }
    Paths.fixTimes(target, made, options.time());
  }

  private List<String> makeDirectories(String path) throws IOException {
    return Paths.makeDirectories(
        target, path, options.directoryMode(), options.owner(), options.time());
  }

  /** A directory of the target that is perhaps not made yet. */
  private final class Into implements AutoCloseable {
    private final @Nullable Into parent;
    private final String name;
    private final @Nullable ReadableDirectory from;
    private final String fromName;
    private final @Nullable FileStatus status;
    private final boolean overwrite;
    private @Nullable Directory open;
    private final boolean borrowed;
    private boolean created;

    Into(Directory open) {
      this(null, "", null, "", null, false, open);
    }

    Into(
        @Nullable Into parent,
        String name,
        @Nullable ReadableDirectory from,
        String fromName,
        @Nullable FileStatus status,
        boolean overwrite,
        @Nullable Directory open) {
      this.parent = parent;
      this.name = name;
      this.from = from;
      this.fromName = fromName;
      this.status = status;
      this.overwrite = overwrite;
      this.open = open;
      this.borrowed = open != null;
    }

    /** Opens it, making it and those above it if need be. */
    Directory open(boolean copyInfo) throws IOException {
      Directory o = open;
      if (o != null) {
        return o;
      }
      if (parent == null || from == null || status == null) {
        throw new IllegalStateException();
      }
      Directory above = parent.open(true);
      Optional<FileStatus> there = above.find(name);
      if (there.isEmpty()) {
        above.mkdir(name, status.permissions());
        created = true;
      } else if (!there.get().isDirectory()) {
        throw new IOException(
            "cannot copy to non-directory: " + SlashPath.join(above.label(), name));
      } else if (overwrite && !name.equals(".")) {
        above.chmod(name, status.permissions());
      }
      o = above.directory(name);
      open = o;
      if (created && copyInfo) {
        copyInfo(from, fromName, status, above, name);
      }
      return o;
    }

    @Override
    public void close() {
      if (!borrowed && open != null) {
        open.close();
      }
    }
  }

  /** What came of matching a directory, for what is in it. */
  private record Matched(
      PatternMatcher.@Nullable Match include, PatternMatcher.@Nullable Match exclude) {}

  private void visit(
      ReadableDirectory from,
      String name,
      String relative,
      Into into,
      String toName,
      String toPath,
      @Nullable Matched above,
      boolean overwrite)
      throws IOException, InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    boolean included = true;
    boolean excluded = false;
    PatternMatcher.Match include = null;
    PatternMatcher.Match exclude = null;
    if (!relative.isEmpty()) {
      if (!options.includes().isEmpty()) {
        include = options.includes().match(relative, above == null ? null : above.include());
        included = include.matched();
      }
      if (!options.excludes().isEmpty()) {
        exclude = options.excludes().match(relative, above == null ? null : above.exclude());
        excluded = exclude.matched();
        included &= !excluded;
      }
      if (!included && options.includes().isEmpty() && !options.excludes().hasExceptions()) {
        return;
      }
    }
    FileStatus status = from.stat(name);
    if (!included && !status.isDirectory()) {
      return;
    }
    if (!status.isDirectory()) {
      Directory to = into.open(true);
      Optional<FileStatus> there = to.find(toName);
      if (there.isPresent()) {
        if (there.get().isDirectory() && !options.alwaysReplace()) {
          throw new IOException("cannot replace to directory " + toPath + " with file");
        }
        to.deleteTree(toName);
      }
      copyFile(from, name, status, to, toName, toPath);
      return;
    }
    copyDirectory(
        from,
        name,
        relative,
        status,
        into,
        toName,
        toPath,
        new Matched(include, exclude),
        overwrite,
        included,
        excluded);
  }

  private void copyDirectory(
      ReadableDirectory from,
      String name,
      String relative,
      FileStatus status,
      Into into,
      String toName,
      String toPath,
      Matched matched,
      boolean overwrite,
      boolean included,
      boolean excluded)
      throws IOException, InterruptedException {
    boolean skip = excluded && !options.excludes().hasExceptions();
    if (!included && skip) {
      return;
    }
    Optional<FileStatus> there = Optional.empty();
    if (included) {
      Directory to = into.open(true);
      there = to.find(toName);
      if (options.alwaysReplace() && there.isPresent() && !there.get().isDirectory()) {
        to.deleteTree(toName);
        there = Optional.empty();
      }
    }
    try (Into own = new Into(into, toName, from, name, status, overwrite, null);
        ReadableDirectory open = from.directory(name)) {
      if (included) {
        own.open(false);
      }
      if (!skip) {
        for (Directory.Entry e : Paths.sorted(open)) {
          visit(
              open,
              e.name(),
              relative.isEmpty() ? e.name() : relative + "/" + e.name(),
              own,
              e.name(),
              SlashPath.join(toPath, e.name()),
              matched,
              true);
        }
      }
      if (!included) {
        return;
      }
      Directory to = into.open(true);
      if (own.created || overwrite) {
        copyInfo(from, name, status, to, toName);
      } else if (there.isPresent()) {
        setTimes(status, to, toName);
      }
    }
  }

  private void copyFile(
      ReadableDirectory from,
      String name,
      FileStatus status,
      Directory to,
      String toName,
      String toPath)
      throws IOException {
    boolean linked = false;
    if (status.links() > 1) {
      String first = links.putIfAbsent(new Inode(status.device(), status.inode()), toPath);
      if (first != null) {
        try (RootDirectory.Place p = target.place(first)) {
          to.link(p.directory(), p.name(), toName);
          linked = true;
        } catch (LinuxException e) {
          if (!e.is(Errno.EMLINK) && !e.is(Errno.EXDEV)) {
            throw e;
          }
        }
      }
    }
    if (!linked) {
      switch (status.type()) {
        case FileStatus.S_IFREG -> {
          try (OpenFile in = from.file(name);
              OpenFile out = create(to, toName)) {
            out.copyFrom(in);
          }
        }
        case FileStatus.S_IFLNK -> to.symlink(from.readlink(name), toName);
        case FileStatus.S_IFSOCK -> create(to, toName).close(); // A stub: sockets cannot be copied.
        default -> to.mknod(toName, status.mode(), status.deviceMajor(), status.deviceMinor());
      }
    }
    copyInfo(from, name, status, to, toName);
  }

  private static OpenFile create(Directory to, String name) throws LinuxException {
    return to.file(name, OpenFile.O_WRONLY | OpenFile.O_CREAT | OpenFile.O_EXCL, 0600);
  }

  private void copyInfo(
      ReadableDirectory from, String name, FileStatus status, Directory to, String toName)
      throws LinuxException {
    Owner owner = options.owner().orElse(new Owner(status.uid(), status.gid()));
    to.chown(toName, owner.uid(), owner.gid());
    if (!status.isSymlink()) {
      int permissions =
          options.symbolic().isPresent()
              ? options.symbolic().get().apply(status.permissions(), status.isDirectory())
              : options.mode() != -1 ? options.mode() & 07777 : status.permissions();
      to.chmod(toName, permissions);
    }
    copyAttributes(from, name, to, toName);
    setTimes(status, to, toName);
  }

  private void setTimes(FileStatus status, Directory to, String toName) throws LinuxException {
    Paths.Time time = options.time();
    if (time != null) {
      to.setTimes(toName, time.seconds(), time.nanos());
    } else {
      to.setTimes(
          toName,
          status.accessSeconds(),
          status.accessNanos(),
          status.modifySeconds(),
          status.modifyNanos());
    }
  }

  /** Attributes that this system or the target's file system does not take are left out. */
  private static void copyAttributes(
      ReadableDirectory from, String name, Directory to, String toName) throws LinuxException {
    try {
      for (Map.Entry<String, byte[]> x : from.xattrs(name).entrySet()) {
        if (!x.getKey().startsWith("trusted.overlay.") && !x.getKey().startsWith("user.overlay.")) {
          to.setXattr(toName, x.getKey(), x.getValue());
        }
      }
    } catch (LinuxException e) {
      if (e.isNoSpace() || e.is(Errno.EIO)) {
        throw e;
      }
    }
  }
}
