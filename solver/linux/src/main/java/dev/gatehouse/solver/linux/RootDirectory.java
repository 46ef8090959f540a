package dev.gatehouse.solver.linux;

import static dev.gatehouse.solver.linux.Calls.broken;
import static dev.gatehouse.solver.linux.Calls.errno;
import static dev.gatehouse.solver.linux.Calls.name;
import static dev.gatehouse.solver.linux.Calls.state;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A tree as a process that has it as its root would see it: openat2(2) with RESOLVE_IN_ROOT. An
 * absolute symlink or any number of {@code ..} stays inside, and links of procfs are refused. Every
 * access to a path inside a snapshot goes through here. Safe for several threads.
 */
public final class RootDirectory implements ReadableRoot {
  private static final long OPENAT2 = 437;
  private static final long RESOLVE_NO_MAGICLINKS = 0x02;
  private static final long RESOLVE_IN_ROOT = 0x10;
  private static final int RACES = 64;

  private final Directory root;

  private final PathResolution.Lookup lookup =
      new PathResolution.Lookup() {
        @Override
        public Optional<FileStatus> findLstat(String path) throws LinuxException {
          return RootDirectory.this.findLstat(path);
        }

        @Override
        public String readlink(String path) throws LinuxException {
          return RootDirectory.this.readlink(path);
        }
      };

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
  public record Place(Directory directory, String name) implements ReadableRoot.Place {
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

  @Override
  public Directory directory(String path) throws LinuxException {
    return new Directory(openat2(path, Calls.O_DIRECTORY, 0), PathResolution.absolute(path));
  }

  /** Opens a file, following symlinks inside the root; flags of {@link OpenFile}. */
  public OpenFile file(String path, int flags, int mode) throws LinuxException {
    return new OpenFile(openat2(path, flags, mode), PathResolution.absolute(path));
  }

  @Override
  public OpenFile file(String path) throws LinuxException {
    return file(path, OpenFile.O_RDONLY, 0);
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
      return Descriptor.statx(fd, "", Calls.AT_EMPTY_PATH, PathResolution.absolute(path));
    } finally {
      Descriptor.closeFd(fd);
    }
  }

  @Override
  public Optional<FileStatus> findStat(String path) throws LinuxException {
    return PathResolution.ifThere(() -> Optional.of(stat(path)));
  }

  @Override
  public Optional<FileStatus> findLstat(String path) throws LinuxException {
    return PathResolution.ifThere(() -> Optional.of(lstat(path)));
  }

  @Override
  public Place place(String path) throws LinuxException {
    PathResolution.Split split = PathResolution.Split.of(path);
    return new Place(directory(split.parent()), split.name());
  }

  public String readlink(String path) throws LinuxException {
    try (Place p = place(path)) {
      return p.directory().readlink(p.name());
    }
  }

  @Override
  public byte[] readFile(String path, int limit) throws LinuxException {
    try (OpenFile f = file(path, OpenFile.O_RDONLY | OpenFile.O_NONBLOCK, 0)) {
      return f.content(limit);
    }
  }

  @Override
  public PathResolution.Lookup lookup() {
    return lookup;
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
          throw new LinuxException("open", PathResolution.absolute(path), e);
        }
      }
    } catch (LinuxException e) {
      throw e;
    } catch (Throwable t) {
      throw broken(t);
    }
  }

  @Override
  public void close() {
    root.close();
  }
}
