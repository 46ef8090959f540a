package dev.gatehouse.solver.linux;

import static dev.gatehouse.solver.linux.Calls.broken;
import static dev.gatehouse.solver.linux.Calls.state;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;

/** Calls about whole file systems, and about this process. */
public final class FileSystems {
  /** Type of overlayfs in {@link Space#type}. */
  public static final long OVERLAYFS = 0x794c7630L;

  public static final long TMPFS = 0x01021994L;

  private static volatile int umask = -1;

  private FileSystems() {}

  /**
   * What statfs(2) says.
   *
   * @param type magic number of the file system
   * @param total bytes
   * @param free bytes
   * @param available bytes free for the unprivileged
   * @param files inodes in total, 0 where unlimited
   * @param freeFiles inodes free
   */
  public record Space(
      long type, long total, long free, long available, long files, long freeFiles) {}

  /** The space of the file system that holds the path. */
  public static Space space(Path path) throws IOException {
    try (Directory d = Directory.open(path);
        Arena arena = Arena.ofConfined()) {
      MemorySegment state = state(arena);
      MemorySegment out = arena.allocate(256, 8);
      int rc = (int) Calls.Fstatfs.CALL.invokeExact(state, d.fd(), out);
      Descriptor.check(rc, state, "statfs", path.toString());
      long block = out.get(JAVA_LONG, 8);
      return new Space(
          out.get(JAVA_LONG, 0),
          out.get(JAVA_LONG, 16) * block,
          out.get(JAVA_LONG, 24) * block,
          out.get(JAVA_LONG, 32) * block,
          out.get(JAVA_LONG, 40),
          out.get(JAVA_LONG, 48));
    } catch (LinuxException e) {
      throw e;
    } catch (Throwable t) {
      throw broken(t);
    }
  }

  /** Writes everything of the file system that holds the path to the disk. */
  public static void sync(Path path) throws IOException {
    try (Directory d = Directory.open(path);
        Arena arena = Arena.ofConfined()) {
      MemorySegment state = state(arena);
      Descriptor.check(
          (int) Calls.Syncfs.CALL.invokeExact(state, d.fd()), state, "syncfs", path.toString());
    } catch (LinuxException e) {
      throw e;
    } catch (Throwable t) {
      throw broken(t);
    }
  }

  /** Writes an open file, or the names in an open directory, to the disk. */
  public static void fsync(Descriptor file) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = state(arena);
      Descriptor.check(
          (int) Calls.Fsync.CALL.invokeExact(state, file.fd()), state, "fsync", file.label());
    } catch (LinuxException e) {
      throw e;
    } catch (Throwable t) {
      throw broken(t);
    }
  }

  /** Sets the umask of this process and returns the former. */
  public static synchronized int umask(int mask) {
    try {
      int former = (int) Calls.Umask.CALL.invokeExact(mask);
      umask = mask & 0777;
      return former;
    } catch (Throwable t) {
      throw broken(t);
    }
  }

  /** The umask as this process was started with, or as set here; all bits where unknown. */
  static int currentUmask() {
    int mask = umask;
    if (mask < 0) {
      mask = readUmask();
      umask = mask;
    }
    return mask;
  }

  private static int readUmask() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
        if (line.startsWith("Umask:")) {
          return Integer.parseInt(line.substring(6).strip(), 8);
        }
      }
    } catch (IOException e) {
      return 0777; // Without /proc each mode is set explicitly.
    }
    return 0777;
  }

  /** The effective user of this process; 0 is root. */
  public static int effectiveUser() {
    try {
      return (int) Calls.Geteuid.CALL.invokeExact();
    } catch (Throwable t) {
      throw broken(t);
    }
  }
}
