package dev.gatehouse.solver.worker.contenthash;

import dev.gatehouse.llb.SlashPath;
import dev.gatehouse.llb.pattern.Glob;
import dev.gatehouse.llb.pattern.PatternMatcher;
import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.linux.Directory;
import dev.gatehouse.solver.linux.Errno;
import dev.gatehouse.solver.linux.FileNames;
import dev.gatehouse.solver.linux.FileStatus;
import dev.gatehouse.solver.linux.LinuxException;
import dev.gatehouse.solver.linux.OpenFile;
import dev.gatehouse.solver.linux.ReadableDirectory;
import dev.gatehouse.solver.linux.ReadableRoot;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one immutable tree.
 *
 * <p>A file's digest is over its header (type, permissions, owner, link target, device, attributes)
 * and content; a directory's over the names and digests of its entries; a directory counts with its
 * header and its entries. A selection by patterns is a list of paths, each file and each directory
 * header on its own. All digests are those that BuildKit computes, so that caches are interchanged
 * and hit between versions of this program; a test pins them.
 */
final class TreeHashes {
  private static final int BUFFER = 128 << 10;
  private static final Digest ROOT_HEADER = Digest.sha256("");

  private final ReentrantLock lock = new ReentrantLock();

  /** Selections answered; by absolute path without symlinks: files, headers, and directories. */
  private final Map<Selection, Digest> answers = new HashMap<>();

  private final Map<String, Digest> files = new HashMap<>();
  private final Map<String, Digest> directories = new HashMap<>();
  private byte @Nullable [] buffer;

  /** A path that counts. */
  private record Counted(String path, Digest digest) {}

  /** A directory on the way, which counts as soon as something in it does. */
  private static final class Parent {
    final String path;
    final Digest header;
    boolean counted;

    Parent(String path, Digest header) {
      this.path = path;
      this.header = header;
    }
  }

  /** Guards everything here. */
  ReentrantLock lock() {
    return lock;
  }

  Optional<Digest> known(Selection selection) {
    return Optional.ofNullable(answers.get(selection));
  }

  Digest checksum(ReadableRoot root, Selection selection, Optional<FileDigests> known)
      throws IOException, InterruptedException {
    String path = SlashPath.join("/", selection.path());
    Digest digest =
        selection.isPlain()
            ? whole(root, path, selection.followLinks(), known)
            : listed(root, path, selection, known);
    answers.put(selection, digest);
    return digest;
  }

  private Digest whole(
      ReadableRoot root, String path, boolean followLinks, Optional<FileDigests> known)
      throws IOException, InterruptedException {
    String resolved = followLinks ? root.resolve(path) : root.resolveParent(path);
    Optional<FileStatus> status = root.findLstat(resolved);
    if (status.isEmpty()) {
      throw new MissingPathException(path, near(root, path));
    }
    try (ReadableRoot.Place place = root.place(resolved)) {
      return node(place.directory(), place.name(), resolved, status.get(), known);
    }
  }

  /** The digest of anything, with all that is in it. */
  private Digest node(
      ReadableDirectory parent,
      String name,
      String path,
      FileStatus status,
      Optional<FileDigests> known)
      throws IOException, InterruptedException {
    if (!status.isDirectory()) {
      return file(parent, name, path, status, known);
    }
    Digest before = directories.get(path);
    if (before != null) {
      return before;
    }
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    MessageDigest digest = Digest.newSha256();
    put(digest, "\0" + header(parent, name, path, status));
    try (ReadableDirectory directory = parent.directory(name)) {
      for (Directory.Entry entry : sorted(directory)) {
        String child = path.equals("/") ? "/" + entry.name() : path + "/" + entry.name();
        put(digest, "\0" + entry.name());
        put(
            digest,
            node(directory, entry.name(), child, directory.stat(entry.name()), known).toString());
      }
    }
    Digest result = Digest.of(digest.digest());
    directories.put(path, result);
    return result;
  }

  private Digest listed(
      ReadableRoot root, String path, Selection selection, Optional<FileDigests> known)
      throws IOException, InterruptedException {
    List<Counted> counted = new ArrayList<>();
    List<String> tops = selection.wildcard() ? expand(root, path) : List.of(path);
    Filter filter = new Filter(selection);
    for (String top : tops) {
      boolean last = !selection.wildcard();
      String resolved = last ? root.resolve(top) : root.resolveParent(top);
      Optional<FileStatus> status = root.findLstat(resolved);
      if (status.isEmpty()) {
        continue;
      }
      FileStatus found = status.get();
      if (found.isSymlink() && selection.followLinks()) {
        if (filter.counts("", null).included) {
          counted.add(new Counted(top, whole(root, top, true, known)));
        }
        continue;
      }
      try (ReadableRoot.Place place = root.place(resolved)) {
        Walk walk = new Walk(counted, filter, top, resolved, known);
        walk.visit(place.directory(), place.name(), "", found, null, new ArrayList<>());
      }
    }
    for (String required : selection.required()) {
      String at = SlashPath.join("/", required);
      if (counted.stream().noneMatch(each -> each.path.startsWith(at))) {
        throw new MissingPathException(required, near(root, at));
      }
    }
    return combine(path, counted, prefix(path, selection.wildcard()));
  }

  private static Digest combine(String path, List<Counted> counted, String prefix) {
    if (counted.size() == 1 && SlashPath.base(path).equals(SlashPath.base(counted.get(0).path))) {
      return counted.get(0).digest;
    }
    MessageDigest digest = Digest.newSha256();
    for (Counted each : counted) {
      String relative =
          each.path.startsWith(prefix) ? each.path.substring(prefix.length()) : each.path;
      put(digest, relative.isEmpty() ? "\0" : relative.replace('/', '\0'));
      put(digest, each.digest.toString());
    }
    return Digest.of(digest.digest());
  }

  /** The part of the path that has no wildcard; names in the checksum are relative to it. */
  private static String prefix(String path, boolean wildcard) {
    if (!wildcard) {
      return path.equals("/") ? "" : path;
    }
    StringBuilder prefix = new StringBuilder();
    for (String part : path.substring(1).split("/", -1)) {
      if (Glob.hasWildcards(part)) {
        break;
      }
      prefix.append('/').append(part);
    }
    return prefix.toString();
  }

  /** The existing paths that a path with wildcards means, sorted. */
  private static List<String> expand(ReadableRoot root, String path) throws IOException {
    List<String> paths = new ArrayList<>(List.of(""));
    boolean wild = false;
    for (String part : path.substring(1).split("/", -1)) {
      if (part.isEmpty()) {
        continue;
      }
      wild |= Glob.hasWildcards(part);
      List<String> next = new ArrayList<>();
      for (String each : paths) {
        if (!wild) {
          next.add(each + "/" + part);
        } else {
          String directory = each.isEmpty() ? "/" : each;
          Optional<FileStatus> status = each.isEmpty() ? root.findStat("/") : root.findLstat(each);
          boolean start = prefix(path, true).equals(each);
          if (start) {
            status = root.findStat(directory);
          }
          if (status.isEmpty() || !status.get().isDirectory()) {
            continue;
          }
          Glob glob = Glob.within(part);
          try (ReadableDirectory open = root.directory(directory)) {
            for (Directory.Entry entry : sorted(open)) {
              if (glob.matches(entry.name())) {
                next.add(each + "/" + entry.name());
              }
            }
          }
        }
      }
      paths = next;
    }
    return paths.equals(List.of("")) ? List.of("/") : paths;
  }

  /** Applies include and exclude patterns along a walk. */
  private static final class Filter {
    private final PatternMatcher includes;
    private final PatternMatcher excludes;

    Filter(Selection selection) {
      includes = new PatternMatcher(selection.includes());
      excludes = new PatternMatcher(selection.excludes());
    }

    record State(
        boolean included,
        PatternMatcher.@Nullable Match include,
        PatternMatcher.@Nullable Match exclude) {}

    State counts(String relative, @Nullable State parent) {
      PatternMatcher.Match include = null;
      if (!includes.isEmpty()) {
        include = includes.match(relative, parent == null ? null : parent.include);
        if (!include.matched()) {
          return new State(false, include, parent == null ? null : parent.exclude);
        }
      }
      PatternMatcher.Match exclude = null;
      if (!excludes.isEmpty()) {
        exclude = excludes.match(relative, parent == null ? null : parent.exclude);
        if (exclude.matched()) {
          return new State(false, include, exclude);
        }
      }
      return new State(true, include, exclude);
    }

    /** Whether nothing below a directory that does not count can count either. */
    boolean isDeadEnd(String relative, State state) {
      if (state.included || relative.isEmpty()) {
        return false;
      }
      if (state.exclude != null && state.exclude.matched()) {
        return !excludes.hasExceptions();
      }
      return !includes.isEmpty() && !includes.mayMatchBelow(relative);
    }
  }

  /** Lists what counts below one path. */
  private final class Walk {
    private final List<Counted> counted;
    private final Filter filter;
    private final String top;
    private final String resolved;
    private final Optional<FileDigests> known;

    Walk(
        List<Counted> counted,
        Filter filter,
        String top,
        String resolved,
        Optional<FileDigests> known) {
      this.counted = counted;
      this.filter = filter;
      this.top = top;
      this.resolved = resolved;
      this.known = known;
    }

    void visit(
        ReadableDirectory parent,
        String name,
        String relative,
        FileStatus status,
        Filter.@Nullable State above,
        List<Parent> parents)
        throws IOException, InterruptedException {
      Filter.State state = filter.counts(relative, above);
      String path = join(top, relative);
      String real = join(resolved, relative);
      if (!status.isDirectory()) {
        if (state.included) {
          countParents(parents);
          counted.add(new Counted(path, file(parent, name, real, status, known)));
        }
        return;
      }
      if (filter.isDeadEnd(relative, state)) {
        return;
      }
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      Parent own = new Parent(path, header(parent, name, real, status));
      own.counted = path.equals("/"); // BuildKit leaves the root itself out of such lists.
      parents.add(own);
      if (state.included) {
        countParents(parents);
      }
      try (ReadableDirectory directory = parent.directory(name)) {
        for (Directory.Entry entry : sorted(directory)) {
          String below = relative.isEmpty() ? entry.name() : relative + "/" + entry.name();
          visit(directory, entry.name(), below, directory.stat(entry.name()), state, parents);
        }
      }
      parents.removeLast();
    }

    private void countParents(List<Parent> parents) {
      for (Parent each : parents) {
        if (!each.counted) {
          each.counted = true;
          counted.add(new Counted(each.path, each.header));
        }
      }
    }

    private static String join(String top, String relative) {
      if (relative.isEmpty()) {
        return top;
      }
      return top.equals("/") ? "/" + relative : top + "/" + relative;
    }
  }

  private Digest header(ReadableDirectory parent, String name, String path, FileStatus status)
      throws IOException {
    return path.equals("/") ? ROOT_HEADER : Digest.of(header(parent, name, status).digest());
  }

  private Digest file(
      ReadableDirectory parent,
      String name,
      String path,
      FileStatus status,
      Optional<FileDigests> known)
      throws IOException {
    Digest before = files.get(path);
    if (before != null) {
      return before;
    }
    Optional<Digest> same = known.flatMap(digests -> digests.get(status));
    Digest digest;
    if (same.isPresent()) {
      digest = same.get();
    } else {
      MessageDigest all = header(parent, name, status);
      if (status.isRegular()) {
        read(parent, name, all);
      }
      digest = Digest.of(all.digest());
      known.ifPresent(digests -> digests.put(status, digest));
    }
    files.put(path, digest);
    return digest;
  }

  /**
   * Begins the digest of anything with its header, as version 1 of Docker's tarsum writes it: no
   * name and no time.
   */
  private static MessageDigest header(ReadableDirectory parent, String name, FileStatus status)
      throws IOException {
    MessageDigest digest = Digest.newSha256();
    boolean link = status.isSymlink();
    put(
        digest,
        "namemode"
            + (link ? 0777 : status.permissions())
            + "uid"
            + Integer.toUnsignedString(status.uid())
            + "gid"
            + Integer.toUnsignedString(status.gid())
            + "size"
            + (status.isRegular() ? status.size() : 0)
            + "typeflag"
            + typeFlag(status)
            + "linkname"
            + (link ? parent.readlink(name) : "")
            + "unamegnamedevmajor"
            + (status.isDevice() ? status.deviceMajor() : 0)
            + "devminor"
            + (status.isDevice() ? status.deviceMinor() : 0));
    for (Map.Entry<String, byte[]> each : new TreeMap<>(attributes(parent, name)).entrySet()) {
      if (counts(each.getKey())) {
        put(digest, each.getKey());
        digest.update(each.getValue());
      }
    }
    return digest;
  }

  private static char typeFlag(FileStatus status) {
    return switch (status.type()) {
      case FileStatus.S_IFDIR -> '5';
      case FileStatus.S_IFLNK -> '2';
      case FileStatus.S_IFCHR -> '3';
      case FileStatus.S_IFBLK -> '4';
      case FileStatus.S_IFIFO -> '6';
      default -> '0';
    };
  }

  private static Map<String, byte[]> attributes(ReadableDirectory parent, String name)
      throws IOException {
    try {
      return parent.xattrs(name);
    } catch (LinuxException e) {
      if (e.is(Errno.EOPNOTSUPP) || e.is(Errno.EPERM)) {
        return Map.of();
      }
      throw e;
    }
  }

  /** What the kernel keeps for itself, and overlayfs' own marks, belong to no tree. */
  private static boolean counts(String attribute) {
    return attribute.equals("security.capability")
        || !attribute.startsWith("security.")
            && !attribute.startsWith("system.")
            && !attribute.startsWith("trusted.overlay.")
            && !attribute.startsWith("user.overlay.");
  }

  private void read(ReadableDirectory parent, String name, MessageDigest digest)
      throws IOException {
    byte[] bytes = buffer;
    if (bytes == null) {
      bytes = buffer = new byte[BUFFER];
    }
    try (OpenFile file = parent.file(name)) {
      for (int n; (n = file.read(bytes, 0, bytes.length)) > 0; ) {
        digest.update(bytes, 0, n);
      }
    }
  }

  private static List<Directory.Entry> sorted(ReadableDirectory directory) throws IOException {
    List<Directory.Entry> entries = new ArrayList<>(directory.list());
    entries.sort(
        Comparator.comparing(
            entry -> entry.name().getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned));
    return entries;
  }

  private static void put(MessageDigest digest, String text) {
    digest.update(FileNames.encode(text));
  }

  /** The existing path that differs least from a missing one, in its first missing component. */
  private static Optional<String> near(ReadableRoot root, String path) throws IOException {
    String parent = SlashPath.directory(path);
    String wanted = SlashPath.base(path);
    Optional<FileStatus> status = root.findStat(parent);
    if (status.isEmpty()) {
      return parent.equals("/") ? Optional.empty() : near(root, parent);
    }
    if (!status.get().isDirectory()) {
      return Optional.of(parent);
    }
    try (ReadableDirectory directory = root.directory(parent)) {
      return NearNames.nearest(
              wanted, sorted(directory).stream().map(Directory.Entry::name).toList())
          .map(name -> SlashPath.join(parent, name));
    }
  }
}
