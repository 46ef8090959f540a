package dev.gatehouse.testkit;

import dev.gatehouse.frontend.FileStat;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.Reference;
import dev.gatehouse.llb.Definition;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A reference whose file system is a folder, or empty. Symbolic links are followed inside it and
 * never out of it.
 */
final class FolderReference implements Reference {
  private static final int MAX_LINKS = 255;

  private final Definition definition;
  private final @Nullable Path root;

  FolderReference(Definition definition, @Nullable Path root) {
    this.definition = definition;
    this.root = root;
  }

  @Override
  public Definition definition() {
    return definition;
  }

  @Override
  public void evaluate() {}

  private static FrontendException failure(String operation, String path, IOException e) {
    String reason;
    if (e instanceof NoSuchFileException) {
      reason = "no such file or directory";
    } else if (e instanceof NotDirectoryException) {
      reason = "not a directory";
    } else {
      reason = String.valueOf(e.getMessage());
    }
    return FrontendException.builder(
            FrontendException.Category.USER, operation + " " + path + ": " + reason)
        .code(e instanceof NoSuchFileException ? "file.not-found" : "file.unreadable")
        .cause(e)
        .build();
  }

  /**
   * Resolves a path inside the root, every symbolic link on the way taken as if the root were
   * {@code /}.
   */
  private Path resolve(String path) throws IOException {
    Path base = root;
    if (base == null) {
      if (parts(path).isEmpty()) {
        throw new NotDirectoryException(path);
      }
      throw new NoSuchFileException(path);
    }
    Deque<String> todo = new ArrayDeque<>(parts(path));
    List<String> done = new ArrayList<>();
    int links = 0;
    while (!todo.isEmpty()) {
      String part = todo.removeFirst();
      if (part.equals("..")) {
        if (!done.isEmpty()) {
          done.remove(done.size() - 1);
        }
        continue;
      }
      Path next = join(base, done).resolve(part);
      if (Files.isSymbolicLink(next)) {
        if (++links > MAX_LINKS) {
          throw new IOException("too many levels of symbolic links");
        }
        String target = Files.readSymbolicLink(next).toString();
        if (target.startsWith("/")) {
          done.clear();
        }
        List<String> targetParts = parts(target);
        for (int i = targetParts.size() - 1; i >= 0; i--) {
          todo.addFirst(targetParts.get(i));
        }
      } else {
        done.add(part);
      }
    }
    return join(base, done);
  }

  private static Path join(Path base, List<String> parts) {
    Path path = base;
    for (String part : parts) {
      path = path.resolve(part);
    }
    return path;
  }

  private static List<String> parts(String path) {
    List<String> parts = new ArrayList<>();
    for (String part : path.split("/")) {
      if (!part.isEmpty() && !part.equals(".")) {
        parts.add(part);
      }
    }
    return parts;
  }

  @Override
  public byte[] readFile(String path) throws FrontendException {
    return read(path, 0, Integer.MAX_VALUE - 8);
  }

  @Override
  public byte[] readFile(String path, long offset, long length) throws FrontendException {
    return read(path, offset, (int) Math.min(length, Integer.MAX_VALUE - 8));
  }

  private byte[] read(String path, long offset, int length) throws FrontendException {
    try {
      Path file = resolve(path);
      if (Files.exists(file) && !Files.isRegularFile(file)) {
        throw FrontendException.user(path + " is not a regular file");
      }
      try (InputStream in = Files.newInputStream(file)) {
        in.skipNBytes(Math.min(offset, Files.size(file)));
        return in.readNBytes(length);
      }
    } catch (IOException e) {
      throw failure("open", path, e);
    }
  }

  @Override
  public List<FileStat> readDir(String path, Optional<String> includePattern)
      throws FrontendException {
    if (root == null && parts(path).isEmpty()) {
      return List.of();
    }
    try {
      Path directory = resolve(path);
      Optional<java.nio.file.PathMatcher> matcher =
          includePattern.map(p -> directory.getFileSystem().getPathMatcher("glob:" + p));
      List<FileStat> entries = new ArrayList<>();
      try (Stream<Path> list = Files.list(directory)) {
        for (Path entry :
            list.sorted(Comparator.comparing(p -> p.getFileName().toString())).toList()) {
          Path name = entry.getFileName();
          if (matcher.isEmpty() || matcher.get().matches(name)) {
            entries.add(stat(entry, name.toString()));
          }
        }
      }
      return entries;
    } catch (IOException e) {
      throw failure("open", path, e);
    }
  }

  @Override
  public FileStat statFile(String path) throws FrontendException {
    if (root == null && parts(path).isEmpty()) {
      return FileStat.of(path, FileStat.DIRECTORY | 0755, 0, 0, 0, 0);
    }
    try {
      Path file = resolve(path);
      return stat(file, file.equals(root) ? "." : file.getFileName().toString());
    } catch (IOException e) {
      throw failure("lstat", path, e);
    }
  }

  private static int number(Map<String, Object> attributes, String name) {
    return attributes.get(name) instanceof Integer number ? number : 0;
  }

  private static FileStat stat(Path file, String name) throws IOException {
    Map<String, Object> unix =
        Files.readAttributes(file, "unix:mode,uid,gid", LinkOption.NOFOLLOW_LINKS);
    int raw = number(unix, "mode");
    int mode = raw & 0777;
    switch (raw & 0170000) {
      case 0040000 -> mode |= FileStat.DIRECTORY;
      case 0120000 -> mode |= FileStat.SYMLINK;
      case 0010000 -> mode |= FileStat.NAMED_PIPE;
      case 0140000 -> mode |= FileStat.SOCKET;
      case 0060000 -> mode |= FileStat.DEVICE;
      case 0020000 -> mode |= FileStat.DEVICE | FileStat.CHAR_DEVICE;
      default -> {}
    }
    mode |= (raw & 04000) != 0 ? FileStat.SETUID : 0;
    mode |= (raw & 02000) != 0 ? FileStat.SETGID : 0;
    mode |= (raw & 01000) != 0 ? FileStat.STICKY : 0;
    long size = (mode & FileStat.DIRECTORY) != 0 ? 0 : Files.size(file);
    long modified =
        Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS).to(TimeUnit.NANOSECONDS);
    String link = (mode & FileStat.SYMLINK) != 0 ? Files.readSymbolicLink(file).toString() : "";
    return new FileStat(
        name, mode, number(unix, "uid"), number(unix, "gid"), size, modified, link, 0, 0, Map.of());
  }
}
