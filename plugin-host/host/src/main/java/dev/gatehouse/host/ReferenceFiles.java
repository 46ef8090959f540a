package dev.gatehouse.host;

import dev.gatehouse.frontend.FileStat;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.FrontendException.Category;
import dev.gatehouse.frontend.StatusCode;
import dev.gatehouse.llb.pattern.Glob;
import dev.gatehouse.solver.linux.Directory;
import dev.gatehouse.solver.linux.Errno;
import dev.gatehouse.solver.linux.FileStatus;
import dev.gatehouse.solver.linux.LinuxException;
import dev.gatehouse.solver.linux.OpenFile;
import dev.gatehouse.solver.linux.RootDirectory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Reads a file tree for a frontend; no path leaves the tree. */
final class ReferenceFiles {
  private static final int MAX_FILE = 16 << 20;
  private static final int MAX_ENTRIES = 100_000;

  private ReferenceFiles() {}

  static byte[] read(RootDirectory root, String path) throws FrontendException {
    try {
      return root.readFile(inside(path), MAX_FILE);
    } catch (LinuxException e) {
      if (e.is(Errno.EFBIG)) {
        throw FrontendException.builder(
                Category.USER,
                path + " is larger than the " + (MAX_FILE >> 20) + " MiB that one message may hold")
            .status(StatusCode.RESOURCE_EXHAUSTED)
            .code("gateway.message-too-large")
            .hint("read it in parts, with an offset and a length")
            .build();
      }
      throw failure("open", path, e);
    }
  }

  static byte[] read(RootDirectory root, String path, long offset, long length)
      throws FrontendException {
    if (offset < 0 || length < 0) {
      throw FrontendException.user("invalid range of " + path + ": " + offset + ", " + length);
    }
    try (OpenFile file = root.file(inside(path), OpenFile.O_RDONLY | OpenFile.O_NONBLOCK, 0)) {
      FileStatus status = file.status();
      if (!status.isRegular()) {
        throw new LinuxException("read", path, status.isDirectory() ? Errno.EISDIR : Errno.EINVAL);
      }
      long rest = Math.max(0, status.size() - offset);
      long wanted = length == 0 ? rest : Math.min(length, rest);
      if (wanted > MAX_FILE) {
        throw FrontendException.builder(
                Category.USER,
                "the range of " + path + " is larger than " + (MAX_FILE >> 20) + " MiB")
            .status(StatusCode.RESOURCE_EXHAUSTED)
            .code("gateway.message-too-large")
            .build();
      }
      ByteBuffer buffer = ByteBuffer.allocate((int) wanted);
      while (buffer.hasRemaining() && file.read(buffer, offset + buffer.position()) > 0) {
        continue;
      }
      byte[] bytes = new byte[buffer.position()];
      buffer.flip().get(bytes);
      return bytes;
    } catch (LinuxException e) {
      throw failure("open", path, e);
    }
  }

  static List<FileStat> list(RootDirectory root, String path, Optional<String> pattern)
      throws FrontendException {
    List<FileStat> entries = new ArrayList<>();
    Optional<Glob> glob = pattern.map(Glob::within);
    try (Directory directory = root.directory(inside(path))) {
      for (Directory.Entry entry : directory.list()) {
        if (glob.isPresent() && !glob.get().matches(entry.name())) {
          continue;
        }
        Optional<FileStatus> status = directory.find(entry.name());
        if (status.isEmpty()) {
          continue;
        }
        String link = status.get().isSymlink() ? directory.readlink(entry.name()) : "";
        entries.add(stat(entry.name(), status.get(), link));
        if (entries.size() > MAX_ENTRIES) {
          throw FrontendException.builder(
                  Category.USER, path + " has more than " + MAX_ENTRIES + " entries")
              .status(StatusCode.RESOURCE_EXHAUSTED)
              .build();
        }
      }
    } catch (LinuxException e) {
      throw failure("open", path, e);
    }
    entries.sort(Comparator.comparing(FileStat::path));
    return entries;
  }

  static FileStat stat(RootDirectory root, String path) throws FrontendException {
    try {
      FileStatus status = root.stat(inside(path));
      String trimmed = path.replaceAll("/+$", "");
      String name = trimmed.substring(trimmed.lastIndexOf('/') + 1);
      return stat(name.isEmpty() ? "/" : name, status, "");
    } catch (LinuxException e) {
      throw failure("lstat", path, e);
    }
  }

  private static FileStat stat(String name, FileStatus s, String link) {
    return new FileStat(
        name,
        mode(s),
        s.uid(),
        s.gid(),
        s.isDirectory() ? 0 : s.size(),
        s.modifyTimeNanos(),
        link,
        s.isDevice() ? s.deviceMajor() : 0,
        s.isDevice() ? s.deviceMinor() : 0,
        Map.of());
  }

  /** The mode in the encoding of Go's {@code os.FileMode}. */
  private static int mode(FileStatus s) {
    int mode = s.mode() & 0777;
    mode |=
        switch (s.type()) {
          case FileStatus.S_IFDIR -> FileStat.DIRECTORY;
          case FileStatus.S_IFLNK -> FileStat.SYMLINK;
          case FileStatus.S_IFBLK -> FileStat.DEVICE;
          case FileStatus.S_IFCHR -> FileStat.DEVICE | FileStat.CHAR_DEVICE;
          case FileStatus.S_IFIFO -> FileStat.NAMED_PIPE;
          case FileStatus.S_IFSOCK -> FileStat.SOCKET;
          default -> 0;
        };
    mode |= (s.mode() & 04000) != 0 ? FileStat.SETUID : 0;
    mode |= (s.mode() & 02000) != 0 ? FileStat.SETGID : 0;
    mode |= (s.mode() & 01000) != 0 ? FileStat.STICKY : 0;
    return mode;
  }

  private static String inside(String path) {
    return path.startsWith("/") ? path : "/" + path;
  }

  private static FrontendException failure(String call, String path, LinuxException e) {
    FrontendException.Builder failure =
        FrontendException.builder(
                e.is(Errno.ENOENT) || e.is(Errno.ENOTDIR) || e.is(Errno.EISDIR) || e.is(Errno.ELOOP)
                    ? Category.USER
                    : Category.ENVIRONMENT,
                call + " " + path + ": " + Errno.message(e.errno()).toLowerCase(Locale.ROOT))
            .cause(e);
    if (e.is(Errno.ENOENT)) {
      failure.status(StatusCode.NOT_FOUND).code("file.not-found");
    }
    return failure.build();
  }
}
