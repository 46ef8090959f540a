package dev.gatehouse.client.session;

import com.google.protobuf.ByteString;
import dev.gatehouse.frontend.FileStat;
import dev.gatehouse.protocol.fsutil.Stat;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A directory as fsutil sends it: every entry after its directory and in the order of its name's
 * bytes, filtered by include and exclude patterns, hard links after the first as links to it.
 *
 * <p>Directories that are not included themselves are sent when something in them is. Owners are
 * sent as root's: what a person's files are called on their machine means nothing to a build.
 */
final class FileTree {
  /** Names by code point, which is the order of their UTF-8. */
  static final Comparator<String> BY_BYTES =
      (a, b) -> {
        int n = Math.min(a.length(), b.length());
        for (int i = 0; i < n; i++) {
          char x = a.charAt(i);
          char y = b.charAt(i);
          if (x != y) {
            boolean sx = Character.isSurrogate(x);
            boolean sy = Character.isSurrogate(y);
            return sx != sy ? (sx ? 1 : -1) : Character.compare(x, y);
          }
        }
        return Integer.compare(a.length(), b.length());
      };

  /** Takes entries one after the other. */
  interface Visitor {
    void entry(Stat stat) throws IOException, InterruptedException;
  }

  private final Path root;
  private final @Nullable PathFilter includes;
  private final @Nullable PathFilter excludes;
  private final Map<Object, String> links = new HashMap<>();

  /**
   * @param followPaths paths that are included, with what symbolic links on them lead to
   */
  FileTree(
      Path root,
      List<String> includePatterns,
      List<String> excludePatterns,
      List<String> followPaths)
      throws IOException {
    this.root = root.toRealPath();
    if (!Files.isDirectory(this.root)) {
      throw new NotDirectoryException(root.toString());
    }
    List<String> included = new ArrayList<>(includePatterns);
    boolean everything = false;
    if (!followPaths.isEmpty()) {
      TreeSet<String> followed = new TreeSet<>(BY_BYTES);
      LinkResolver resolver = new LinkResolver(followed);
      for (String path : followPaths) {
        resolver.add(path);
      }
      everything = followed.contains(".");
      included.addAll(followed);
    }
    try {
      includes =
          included.isEmpty() || (everything && includePatterns.isEmpty())
              ? null
              : new PathFilter(included);
    } catch (IllegalArgumentException e) {
      throw new IOException("invalid includepatterns: " + included + ": " + e.getMessage(), e);
    }
    try {
      excludes = excludePatterns.isEmpty() ? null : new PathFilter(excludePatterns);
    } catch (IllegalArgumentException e) {
      throw new IOException(
          "invalid excludepatterns: " + excludePatterns + ": " + e.getMessage(), e);
    }
  }

  InputStream open(String path) throws IOException {
    return Files.newInputStream(root.resolve(path), LinkOption.NOFOLLOW_LINKS);
  }

  void walk(Visitor visitor) throws IOException, InterruptedException {
    walk(
        root,
        "",
        includes == null ? null : includes.none(),
        excludes == null ? null : excludes.none(),
        new ArrayList<>(),
        visitor);
  }

  private void walk(
      Path directory,
      String prefix,
      PathFilter.@Nullable Match included,
      PathFilter.@Nullable Match excluded,
      List<Stat> pending,
      Visitor visitor)
      throws IOException, InterruptedException {
    for (String name : names(directory)) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      String path = prefix + name;
      Path file = directory.resolve(name);
      boolean skip = false;
      PathFilter.Match in = null;
      PathFilter.Match ex = null;
      boolean below = true;
      if (includes != null && included != null) {
        in = includes.match(path, included);
        skip = !in.matched;
        below = in.matched || includes.mayMatchBelow(path, false);
      }
      if (excludes != null && excluded != null && below) {
        ex = excludes.match(path, excluded);
        if (ex.matched) {
          skip = true;
          below = excludes.hasExceptions() && excludes.mayMatchBelow(path, true);
        }
      }
      if (skip && !below) {
        continue;
      }
      Map<String, Object> attributes = attributes(file);
      if (attributes.isEmpty()) {
        continue;
      }
      int raw = (int) number(attributes, "mode");
      boolean isDirectory = (raw & 0170000) == 0040000;
      if (skip && !isDirectory) {
        continue;
      }
      Stat stat = stat(file, path, raw, attributes);
      if (!skip) {
        for (Stat parent : pending) {
          visitor.entry(parent);
        }
        pending.clear();
        visitor.entry(stat);
      }
      if (isDirectory && below) {
        if (skip) {
          pending.add(stat);
        }
        try {
          walk(file, path + "/", in, ex, pending, visitor);
        } catch (AccessDeniedException e) {
          if (!skip) {
            throw e;
          }
        }
        if (skip) {
          pending.remove(stat);
        }
      }
    }
  }

  /** The names in a directory in the protocol's order; none if it went away while we looked. */
  private static List<String> names(Path directory) throws IOException {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      entries.forEach(entry -> names.add(entry.getFileName().toString()));
    } catch (NoSuchFileException | NotDirectoryException e) {
      return List.of();
    } catch (java.nio.file.DirectoryIteratorException e) {
      throw e.getCause();
    }
    names.sort(BY_BYTES);
    return names;
  }

  /** What a file is; empty if it went away. */
  private static Map<String, Object> attributes(Path file) throws IOException {
    try {
      return Files.readAttributes(
          file, "unix:mode,rdev,ino,dev,nlink,size,lastModifiedTime", LinkOption.NOFOLLOW_LINKS);
    } catch (NoSuchFileException e) {
      return Map.of();
    }
  }

  private static long number(Map<String, Object> attributes, String name) {
    return attributes.get(name) instanceof Number number ? number.longValue() : 0;
  }

  private Stat stat(Path file, String path, int raw, Map<String, Object> attributes)
      throws IOException {
    int mode = raw & 0777;
    mode |= (raw & 04000) != 0 ? FileStat.SETUID : 0;
    mode |= (raw & 02000) != 0 ? FileStat.SETGID : 0;
    mode |= (raw & 01000) != 0 ? FileStat.STICKY : 0;
    Stat.Builder b = Stat.newBuilder().setPath(path);
    boolean directory = false;
    switch (raw & 0170000) {
      case 0040000 -> {
        mode |= FileStat.DIRECTORY;
        directory = true;
      }
      case 0120000 -> {
        mode |= FileStat.SYMLINK;
        b.setLinkname(Files.readSymbolicLink(file).toString());
      }
      case 0010000 -> mode |= FileStat.NAMED_PIPE;
      case 0060000, 0020000 -> {
        mode |= FileStat.DEVICE | ((raw & 0170000) == 0020000 ? FileStat.CHAR_DEVICE : 0);
        long device = number(attributes, "rdev");
        b.setDevmajor((device >> 8) & 0xfff)
            .setDevminor((device & 0xff) | ((device >> 12) & 0xfff00));
      }
      default -> {
        // A regular file; a socket is sent as an empty one, as tar knows none.
      }
    }
    b.setMode(mode);
    if (attributes.get("lastModifiedTime") instanceof FileTime time) {
      b.setModTime(time.to(TimeUnit.NANOSECONDS));
    }
    if (!directory) {
      b.setSize(number(attributes, "size"));
      if (number(attributes, "nlink") > 1 && (mode & FileStat.SYMLINK) == 0) {
        Object key = List.of(number(attributes, "dev"), number(attributes, "ino"));
        String first = links.putIfAbsent(key, path);
        if (first != null) {
          b.setLinkname(first); // with its size, as fsutil does
        }
      }
    }
    if ((raw & 0170000) == 0100000 || directory) {
      xattrs(file, b);
    }
    return b.build();
  }

  private static void xattrs(Path file, Stat.Builder b) throws IOException {
    UserDefinedFileAttributeView view =
        Files.getFileAttributeView(
            file, UserDefinedFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
    if (view == null) {
      return;
    }
    List<String> names;
    try {
      names = view.list();
    } catch (IOException e) {
      return; // This file system has none, or the file may not be read; then sending it says so.
    }
    for (String name : names) {
      ByteBuffer value = ByteBuffer.allocate(view.size(name));
      view.read(name, value);
      value.flip();
      b.putXattrs("user." + name, ByteString.copyFrom(value));
    }
  }

  /** Finds what symbolic links on paths lead to, inside the root. */
  private final class LinkResolver {
    private static final int MAX = 10_000;
    private final TreeSet<String> resolved;
    private int steps;

    LinkResolver(TreeSet<String> resolved) {
      this.resolved = resolved;
    }

    void add(String path) throws IOException {
      String rest = Paths.clean("/" + path).substring(1);
      if (rest.isEmpty()) {
        resolved.add(".");
        return;
      }
      String current = "";
      while (true) {
        if (++steps > MAX) {
          throw new IOException("too many symbolic links on the followed paths");
        }
        int slash = rest.indexOf('/');
        String part = slash < 0 ? rest : rest.substring(0, slash);
        rest = slash < 0 ? "" : rest.substring(slash + 1);
        current = current.isEmpty() ? part : current + "/" + part;
        List<String> targets = targets(current, true);
        if ((rest.isEmpty() || !targets.isEmpty()) && resolved.contains(current)) {
          return;
        }
        if (!targets.isEmpty()) {
          resolved.add(current);
          for (String target : targets) {
            add(target + "/" + rest);
          }
          return;
        }
        if (rest.isEmpty()) {
          resolved.add(current);
          return;
        }
      }
    }

    private List<String> targets(String path, boolean wildcards) throws IOException {
      int slash = path.lastIndexOf('/');
      String directory = slash < 0 ? "" : path.substring(0, slash);
      String name = path.substring(slash + 1);
      if (wildcards
          && (name.indexOf('*') >= 0 || name.indexOf('?') >= 0 || name.indexOf('[') >= 0)) {
        List<String> found = new ArrayList<>();
        PathFilter pattern;
        try {
          pattern = new PathFilter(List.of(name));
        } catch (IllegalArgumentException e) {
          return List.of();
        }
        Path dir = root.resolve(directory);
        if (!Files.isDirectory(dir, LinkOption.NOFOLLOW_LINKS)) {
          return List.of();
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(dir)) {
          for (Path entry : entries) {
            String entryName = entry.getFileName().toString();
            if (pattern.matches(entryName)) {
              found.addAll(
                  targets(directory.isEmpty() ? entryName : directory + "/" + entryName, false));
            }
          }
        }
        return found;
      }
      Path file = root.resolve(path);
      if (!Files.isSymbolicLink(file)) {
        return List.of();
      }
      String link = Files.readSymbolicLink(file).toString();
      return List.of(Paths.clean(link.startsWith("/") ? link : "/" + directory + "/" + link));
    }
  }
}
