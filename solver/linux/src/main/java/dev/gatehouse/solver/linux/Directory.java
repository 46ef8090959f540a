package dev.gatehouse.solver.linux;

import static dev.gatehouse.solver.linux.Calls.broken;
import static dev.gatehouse.solver.linux.Calls.errno;
import static dev.gatehouse.solver.linux.Calls.name;
import static dev.gatehouse.solver.linux.Calls.state;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An open directory, and calls on the names in it. A name is one component: never empty, {@code
 * ..}, or with a slash; {@code .} is the directory itself. No call here follows a symlink, so
 * whoever walks from directory to directory cannot be led outside.
 */
public final class Directory extends Descriptor implements ReadableDirectory {
  private static final int LIST_BUFFER = 64 << 10;
  private static final int PATH_MAX = 4096;
  private static final int RENAME_NOREPLACE = 1;
  private static final int RENAME_EXCHANGE = 2;

  Directory(int fd, String label) {
    super(fd, label);
  }

  /** Opens a directory of this host, following symlinks. */
  public static Directory open(Path path) throws LinuxException {
    return new Directory(
        openat(Calls.AT_FDCWD, path.toString(), Calls.O_DIRECTORY, 0, path.toString()),
        path.toString());
  }

  /**
   * A name with its type as the directory tells it.
   *
   * @param name of the entry
   * @param inode its number
   * @param type one of the S_IF constants of {@link FileStatus}, or 0 where the file system does
   *     not tell
   */
  public record Entry(String name, long inode, int type) {}

  @Override
  public Directory directory(String name) throws LinuxException {
    String label = label(component(name));
    return new Directory(openat(fd(), name, Calls.O_DIRECTORY | Calls.O_NOFOLLOW, 0, label), label);
  }

  /** Opens or creates a file that is neither directory nor symlink; flags of {@link OpenFile}. */
  public OpenFile file(String name, int flags, int mode) throws LinuxException {
    String label = label(component(name));
    return new OpenFile(openat(fd(), name, flags | Calls.O_NOFOLLOW, mode, label), label);
  }

  @Override
  public OpenFile file(String name) throws LinuxException {
    return file(name, OpenFile.O_RDONLY, 0);
  }

  /** The names in it, in the file system's order. */
  @Override
  public List<Entry> list() throws LinuxException {
    // A description of its own, so that several lists of one Directory do not share a position.
    int fd = openat(fd(), ".", Calls.O_DIRECTORY, 0, label());
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = state(arena);
      MemorySegment buffer = arena.allocate(LIST_BUFFER, 8);
      List<Entry> entries = new ArrayList<>();
      while (true) {
        long n = (long) Calls.Getdents.CALL.invokeExact(state, fd, buffer, (long) LIST_BUFFER);
        if (n < 0) {
          throw new LinuxException("getdents", label(), errno(state));
        }
        if (n == 0) {
          return entries;
        }
        for (long at = 0; at < n; ) {
          int length = buffer.get(JAVA_SHORT_UNALIGNED, at + 16) & 0xffff;
          int nameLength = 0;
          while (buffer.get(JAVA_BYTE, at + 19 + nameLength) != 0) {
            nameLength++;
          }
          byte[] bytes = new byte[nameLength];
          MemorySegment.copy(buffer, JAVA_BYTE, at + 19, bytes, 0, nameLength);
          String name = FileNames.decode(bytes);
          if (!name.equals(".") && !name.equals("..")) {
            entries.add(
                new Entry(
                    name,
                    buffer.get(JAVA_LONG_UNALIGNED, at),
                    (buffer.get(JAVA_BYTE, at + 18) & 0xff) << 12));
          }
          at += length;
        }
      }
    } catch (LinuxException e) {
      throw e;
    } catch (Throwable t) {
      throw broken(t);
    } finally {
      closeFd(fd);
    }
  }

  @Override
  public FileStatus stat(String name) throws LinuxException {
    return statx(fd(), component(name), Calls.AT_SYMLINK_NOFOLLOW, label(name));
  }

  @Override
  public Optional<FileStatus> find(String name) throws LinuxException {
    try {
      return Optional.of(stat(name));
    } catch (LinuxException e) {
      if (e.is(Errno.ENOENT)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** Makes a directory with exactly these permissions, whatever the umask. */
  public void mkdir(String name, int permissions) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = state(arena);
      MemorySegment n = name(arena, component(name));
      check(
          (int) Calls.Mkdirat.CALL.invokeExact(state, fd(), n, permissions & 07777),
          state,
          "mkdir",
          label(name));
    } catch (LinuxException e) {
      throw e;
    } catch (Throwable t) {
      throw broken(t);
    }
    if ((permissions & (07000 | FileSystems.currentUmask())) != 0) {
      chmod(name, permissions);
    }
  }

  /** Makes a device, fifo or socket; type and permissions in the mode as in st_mode. */
  public void mknod(String name, int mode, int major, int minor) throws LinuxException {
    long device =
        ((major & 0xfffL) << 8)
            | ((major & 0xfffff000L) << 32)
            | (minor & 0xffL)
            | ((minor & 0xffffff00L) << 12);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = state(arena);
      MemorySegment n = name(arena, component(name));
      check(
          (int) Calls.Mknodat.CALL.invokeExact(state, fd(), n, mode, device),
          state,
          "mknod",
          label(name));
    } catch (LinuxException e) {
      throw e;
    } catch (Throwable t) {
      throw broken(t);
    }
    if ((mode & FileSystems.currentUmask()) != 0) {
      chmod(name, mode & 07777);
    }
  }

  public void symlink(String target, String name) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = state(arena);
      MemorySegment t = name(arena, target);
      MemorySegment n = name(arena, component(name));
      check(
          (int) Calls.Symlinkat.CALL.invokeExact(state, t, fd(), n), state, "symlink", label(name));
    } catch (LinuxException e) {
      throw e;
    } catch (Throwable t) {
      throw broken(t);
    }
  }

  @Override
  public String readlink(String name) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = state(arena);
      MemorySegment out = arena.allocate(PATH_MAX, 1);
      long n =
          (long)
              Calls.Readlinkat.CALL.invokeExact(
                  state, fd(), name(arena, component(name)), out, (long) PATH_MAX);
      check(n < 0 ? -1 : 0, state, "readlink", label(name));
      return FileNames.decode(out.asSlice(0, n).toArray(JAVA_BYTE));
    } catch (LinuxException e) {
      throw e;
    } catch (Throwable t) {
      throw broken(t);
    }
  }

  /** Makes here a hard link to a name of another directory; a symlink is linked itself. */
  public void link(Directory from, String fromName, String name) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = state(arena);
      MemorySegment f = name(arena, component(fromName));
      MemorySegment n = name(arena, component(name));
      check(
          (int) Calls.Linkat.CALL.invokeExact(state, from.fd(), f, fd(), n, 0),
          state,
          "link",
          label(name));
    } catch (LinuxException e) {
      throw e;
    } catch (Throwable t) {
      throw broken(t);
    }
  }

  /** Renames, replacing what has the new name. */
  public void rename(String name, Directory to, String toName) throws LinuxException {
    rename(name, to, toName, 0);
  }

  /** Renames; EEXIST when the new name is taken. */
  public void renameNoReplace(String name, Directory to, String toName) throws LinuxException {
    rename(name, to, toName, RENAME_NOREPLACE);
  }

  /** Swaps two names atomically. */
  public void exchange(String name, Directory to, String toName) throws LinuxException {
    rename(name, to, toName, RENAME_EXCHANGE);
  }

  private void rename(String name, Directory to, String toName, int flags) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = state(arena);
      MemorySegment f = name(arena, component(name));
      MemorySegment t = name(arena, component(toName));
      check(
          (int) Calls.Renameat2.CALL.invokeExact(state, fd(), f, to.fd(), t, flags),
          state,
          "rename",
          label(name));
    } catch (LinuxException e) {
      throw e;
    } catch (Throwable t) {
      throw broken(t);
    }
  }

  /** Removes a name that is no directory. */
  public void unlink(String name) throws LinuxException {
    unlink(name, 0);
  }

  /** Removes an empty directory. */
  public void rmdir(String name) throws LinuxException {
    unlink(name, Calls.AT_REMOVEDIR);
  }

  private void unlink(String name, int flags) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = state(arena);
      MemorySegment n = name(arena, component(name));
      check(
          (int) Calls.Unlinkat.CALL.invokeExact(state, fd(), n, flags),
          state,
          flags == 0 ? "unlink" : "rmdir",
          label(name));
    } catch (LinuxException e) {
      throw e;
    } catch (Throwable t) {
      throw broken(t);
    }
  }

  /** Removes a name with all below it; one that is not there is no error. */
  public void deleteTree(String name) throws LinuxException {
    try {
      unlink(name);
      return;
    } catch (LinuxException e) {
      if (e.is(Errno.ENOENT)) {
        return;
      }
      if (!e.is(Errno.EISDIR) && !e.is(Errno.EPERM)) {
        throw e;
      }
    }
    try (Directory below = directory(name)) {
      below.deleteContent();
    } catch (LinuxException e) {
      if (e.is(Errno.ENOENT)) {
        return;
      }
      throw e;
    }
    try {
      rmdir(name);
    } catch (LinuxException e) {
      if (!e.is(Errno.ENOENT)) {
        throw e;
      }
    }
  }

  /** Removes all below this directory. */
  public void deleteContent() throws LinuxException {
    for (Entry e : list()) {
      deleteTree(e.name());
    }
  }

  /** Changes the owner of a name, of the link itself if it is one; -1 keeps a number. */
  public void chown(String name, int uid, int gid) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = state(arena);
      MemorySegment n = name(arena, component(name));
      check(
          (int)
              Calls.Fchownat.CALL.invokeExact(state, fd(), n, uid, gid, Calls.AT_SYMLINK_NOFOLLOW),
          state,
          "chown",
          label(name));
    } catch (LinuxException e) {
      throw e;
    } catch (Throwable t) {
      throw broken(t);
    }
  }

  /** Changes permissions of a name that must not be a symlink. */
  public void chmod(String name, int permissions) throws LinuxException {
    int pathFd = openat(fd(), component(name), Calls.O_PATH | Calls.O_NOFOLLOW, 0, label(name));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = state(arena);
      MemorySegment n = name(arena, "/proc/self/fd/" + pathFd);
      check(
          (int) Calls.Fchmodat.CALL.invokeExact(state, Calls.AT_FDCWD, n, permissions & 07777, 0),
          state,
          "chmod",
          label(name));
    } catch (LinuxException e) {
      throw e;
    } catch (Throwable t) {
      throw broken(t);
    } finally {
      closeFd(pathFd);
    }
  }

  /** Sets the times of a name, of the link itself if it is one. */
  public void setTimes(
      String name, long accessSeconds, int accessNanos, long modifySeconds, int modifyNanos)
      throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = state(arena);
      MemorySegment n = name(arena, component(name));
      MemorySegment t = times(arena, accessSeconds, accessNanos, modifySeconds, modifyNanos);
      check(
          (int) Calls.Utimensat.CALL.invokeExact(state, fd(), n, t, Calls.AT_SYMLINK_NOFOLLOW),
          state,
          "utimensat",
          label(name));
    } catch (LinuxException e) {
      throw e;
    } catch (Throwable t) {
      throw broken(t);
    }
  }

  /** Sets the time of modification and of access to the same instant. */
  public void setTimes(String name, long seconds, int nanos) throws LinuxException {
    setTimes(name, seconds, nanos, seconds, nanos);
  }

  @Override
  public Map<String, byte[]> xattrs(String name) throws LinuxException {
    return Xattrs.all(magic(name));
  }

  public Optional<byte[]> xattr(String name, String attribute) throws LinuxException {
    return Xattrs.get(magic(name), attribute);
  }

  public void setXattr(String name, String attribute, byte[] value) throws LinuxException {
    Xattrs.set(magic(name), attribute, value);
  }

  public void removeXattr(String name, String attribute) throws LinuxException {
    Xattrs.remove(magic(name), attribute);
  }

  private String magic(String name) {
    return procPath() + "/" + component(name);
  }

  private String label(String name) {
    return name.equals(".") ? label() : label().equals("/") ? "/" + name : label() + "/" + name;
  }

  private static String component(String name) {
    if (name.isEmpty() || name.equals("..") || name.indexOf('/') >= 0) {
      throw new IllegalArgumentException("not one path component: \"" + name + "\"");
    }
    return name;
  }
}
