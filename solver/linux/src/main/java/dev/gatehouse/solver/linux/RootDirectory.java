package dev.gatehouse.solver.linux;

import static dev.gatehouse.solver.linux.Calls.broken;
import static dev.gatehouse.solver.linux.Calls.errno;
import static dev.gatehouse.solver.linux.Calls.name;
import static dev.gatehouse.solver.linux.Calls.state;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * A tree as a process that has it as its root would see it: openat2(2) with RESOLVE_IN_ROOT. An
 * absolute symlink or any number of {@code ..} stays inside, and links of procfs are refused. Every
 * access to a path inside a snapshot goes through here. Safe for several threads.
 */
public final class RootDirectory implements AutoCloseable {
  private static final long OPENAT2 = 437;
  private static final long RESOLVE_NO_MAGICLINKS = 0x02;
  private static final long RESOLVE_IN_ROOT = 0x10;
  private static final int RACES = 64;
  private static final int MAX_LINKS = 255;

  private final Directory root;

  private RootDirectory(Directory root) {
    this.root = root;
  }

  /** Opens a directory of this host as a root. */
  public static RootDirectory open(Path path) throws LinuxException {
    return new RootDirectory(Directory.open(path));
  }

  /**
   * A name in an open directory.
   *
   * @param directory that holds the name; closed with this
   * @param name one component, or {@code .} for the root itself
   */
  public record Place(Directory directory, String name) implements AutoCloseable {
    public FileStatus stat() throws LinuxException {
      return directory.stat(name);
    }

    public Optional<FileStatus> find() throws LinuxException {
      return directory.find(name);
    }

    @Override
    public void close() {
      directory.close();
    }
  }

  /** The root itself, open as long as this is. */
  public Directory root() {
    return root;
  }

  /** Opens a directory, following symlinks inside the root. */
  public Directory directory(String path) throws LinuxException {
    return new Directory(openat2(path, Calls.O_DIRECTORY, 0), label(path));
  }

  /** Opens a file, following symlinks inside the root; flags of {@link OpenFile}. */
  public OpenFile file(String path, int flags, int mode) throws LinuxException {
    return new OpenFile(openat2(path, flags, mode), label(path));
  }

  /** The status of what the path leads to. */
  public FileStatus stat(String path) throws LinuxException {
    return status(path, 0);
  }

  /** The status of the path, of the link itself if the last component is one. */
  public FileStatus lstat(String path) throws LinuxException {
    return status(path, Calls.O_NOFOLLOW);
  }

  private FileStatus status(String path, int flags) throws LinuxException {
    int fd = openat2(path, Calls.O_PATH | flags, 0);
    try {
      return Descriptor.statx(fd, "", Calls.AT_EMPTY_PATH, label(path));
    } finally {
      Descriptor.closeFd(fd);
    }
  }

  /** The status of what the path leads to; empty when it leads to nothing. */
  public Optional<FileStatus> findStat(String path) throws LinuxException {
    return absent(() -> stat(path));
  }

  /** The status of the path itself; empty when there is nothing. */
  public Optional<FileStatus> findLstat(String path) throws LinuxException {
    return absent(() -> lstat(path));
  }

  private interface Call {
    FileStatus run() throws LinuxException;
  }

  private static Optional<FileStatus> absent(Call call) throws LinuxException {
    try {
      return Optional.of(call.run());
    } catch (LinuxException e) {
      if (e.is(Errno.ENOENT) || e.is(Errno.ENOTDIR)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /**
   * Opens the directory that holds the last component of the path, which is not followed and need
   * not exist. A path without a last component, such as {@code /} or {@code a/..}, is placed as the
   * name {@code .} of what it leads to.
   */
  public Place place(String path) throws LinuxException {
    int end = path.length();
    while (end > 0 && path.charAt(end - 1) == '/') {
      end--;
    }
    int slash = path.lastIndexOf('/', end - 1);
    String name = path.substring(slash + 1, end);
    if (name.isEmpty() || name.equals(".") || name.equals("..")) {
      return new Place(directory(path), ".");
    }
    return new Place(directory(slash <= 0 ? "/" : path.substring(0, slash)), name);
  }

  public String readlink(String path) throws LinuxException {
    try (Place p = place(path)) {
      return p.directory().readlink(p.name());
    }
  }

  /** The whole content of a file, refused with EFBIG above the limit. */
  public byte[] readFile(String path, int limit) throws LinuxException {
    try (OpenFile f = file(path, OpenFile.O_RDONLY | OpenFile.O_NONBLOCK, 0)) {
      FileStatus s = f.status();
      if (!s.isRegular()) {
        throw new LinuxException(
            "read", label(path), s.isDirectory() ? Errno.EISDIR : Errno.EINVAL);
      }
      if (s.size() > limit) {
        throw new LinuxException("read", label(path), Errno.EFBIG);
      }
      byte[] bytes = new byte[(int) s.size()];
      int done = 0;
      while (done < bytes.length) {
        int n = f.read(bytes, done, bytes.length - done);
        if (n < 0) {
          break;
        }
        done += n;
      }
      return done == bytes.length ? bytes : java.util.Arrays.copyOf(bytes, done);
    }
  }

  /**
   * The path with all symlinks replaced, absolute within the root. Components that do not exist
   * stay as they are, so that the result can be created.
   *
   * @throws LinuxException ELOOP after 255 links
   */
  public String resolve(String path) throws LinuxException {
    return resolve(path, true);
  }

  /** As {@link #resolve(String)}, leaving a symlink at the last component as it is. */
  public String resolveParent(String path) throws LinuxException {
    return resolve(path, false);
  }

  private String resolve(String path, boolean last) throws LinuxException {
    Deque<String> rest = new ArrayDeque<>(split(path));
    List<String> done = new ArrayList<>();
    int links = 0;
    boolean exists = true;
    while (!rest.isEmpty()) {
      String next = rest.removeFirst();
      if (next.equals("..")) {
        if (!done.isEmpty()) {
          done.removeLast();
        }
        exists = true;
        continue;
      }
      done.add(next);
      if (!exists || (rest.isEmpty() && !last)) {
        continue;
      }
      String current = "/" + String.join("/", done);
      Optional<FileStatus> status = findLstat(current);
      if (status.isEmpty()) {
        exists = false;
      } else if (status.get().isSymlink()) {
        if (++links > MAX_LINKS) {
          throw new LinuxException("resolve", label(path), Errno.ELOOP);
        }
        String target = readlink(current);
        done.removeLast();
        if (target.startsWith("/")) {
          done.clear();
        }
        List<String> parts = split(target);
        for (int i = parts.size() - 1; i >= 0; i--) {
          rest.addFirst(parts.get(i));
        }
      }
    }
    return "/" + String.join("/", done);
  }

  /** Components of a path without empty ones and {@code .}; {@code ..} stays. */
  private static List<String> split(String path) {
    List<String> parts = new ArrayList<>();
    for (String s : path.split("/")) {
      if (!s.isEmpty() && !s.equals(".")) {
        parts.add(s);
      }
    }
    return parts;
  }

  private int openat2(String path, int flags, int mode) throws LinuxException {
    String p = path.isEmpty() ? "." : path;
    boolean creates = (flags & OpenFile.O_CREAT) != 0;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = state(arena);
      MemorySegment cPath = name(arena, p);
      MemorySegment how = arena.allocate(24, 8);
      how.set(JAVA_LONG, 0, (flags | Calls.O_CLOEXEC) & 0xffffffffL);
      how.set(JAVA_LONG, 8, creates ? mode : 0L);
      how.set(JAVA_LONG, 16, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
      for (int race = 0; ; race++) {
        long fd =
            (long)
                Calls.Syscall4.CALL.invokeExact(state, OPENAT2, (long) root.fd(), cPath, how, 24L);
        if (fd >= 0) {
          return (int) fd;
        }
        int e = errno(state);
        // EAGAIN: a rename or mount raced with a "..", and the kernel cannot prove the root held.
        if (e != Errno.EINTR && !(e == Errno.EAGAIN && race < RACES)) {
          throw new LinuxException("open", label(path), e);
        }
      }
    } catch (LinuxException e) {
      throw e;
    } catch (Throwable t) {
      throw broken(t);
    }
  }

  private static String label(String path) {
    return path.startsWith("/") ? path : "/" + path;
  }

  @Override
  public void close() {
    root.close();
  }
}
