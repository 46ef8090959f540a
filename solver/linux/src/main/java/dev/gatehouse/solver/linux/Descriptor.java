package dev.gatehouse.solver.linux;

import static dev.gatehouse.solver.linux.Calls.broken;
import static dev.gatehouse.solver.linux.Calls.errno;
import static dev.gatehouse.solver.linux.Calls.name;
import static dev.gatehouse.solver.linux.Calls.state;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.concurrent.atomic.AtomicInteger;

/** An open file descriptor, closed once. */
public abstract sealed class Descriptor implements AutoCloseable permits Directory, OpenFile {
  private static final int STATX_BASIC = 0x7ff;
  private static final int STATX_SIZE = 256;

  private final AtomicInteger fd;
  private final String label;

  Descriptor(int fd, String label) {
    this.fd = new AtomicInteger(fd);
    this.label = label;
  }

  /** The number, valid until closed. */
  public int fd() {
    int n = fd.get();
    if (n < 0) {
      throw new IllegalStateException("closed: " + label);
    }
    return n;
  }

  /** What was opened, for messages. */
  public String label() {
    return label;
  }

  /** The path under which this process and its threads reach the open file itself. */
  public String procPath() {
    return "/proc/self/fd/" + fd();
  }

  /** The status of the open file. */
  public FileStatus status() throws LinuxException {
    return statx(fd(), "", Calls.AT_EMPTY_PATH, label);
  }

  @Override
  public void close() {
    int n = fd.getAndSet(-1);
    if (n >= 0) {
      closeFd(n);
    }
  }

  static void closeFd(int n) {
    try (Arena arena = Arena.ofConfined()) {
      int ignored = (int) Calls.Close.CALL.invokeExact(state(arena), n);
      // Linux has released the number whatever close returned.
      Reference.reachabilityFence(ignored);
    } catch (Throwable t) {
      throw broken(t);
    }
  }

  static int openat(int dirFd, String path, int flags, int mode, String label)
      throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = state(arena);
      MemorySegment p = name(arena, path);
      while (true) {
        int fd =
            (int) Calls.Openat.CALL.invokeExact(state, dirFd, p, flags | Calls.O_CLOEXEC, mode);
        if (fd >= 0) {
          return fd;
        }
        int e = errno(state);
        if (e != Errno.EINTR) {
          throw new LinuxException("open", label, e);
        }
      }
    } catch (LinuxException e) {
      throw e;
    } catch (Throwable t) {
      throw broken(t);
    }
  }

  /** Null when the file is not there and {@code label} is null. */
  static FileStatus statx(int dirFd, String path, int flags, String label) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = state(arena);
      MemorySegment out = arena.allocate(STATX_SIZE, 8);
      int rc =
          (int)
              Calls.Statx.CALL.invokeExact(
                  state, dirFd, name(arena, path), flags, STATX_BASIC, out);
      if (rc != 0) {
        throw new LinuxException("stat", label, errno(state));
      }
      return read(out);
    } catch (LinuxException e) {
      throw e;
    } catch (Throwable t) {
      throw broken(t);
    }
  }

  private static FileStatus read(MemorySegment s) {
    // struct statx of linux/stat.h; the same on every machine.
    return new FileStatus(
        (((long) s.get(JAVA_INT, 136)) << 32) | (s.get(JAVA_INT, 140) & 0xffffffffL),
        s.get(JAVA_LONG, 32),
        s.get(JAVA_SHORT, 28) & 0xffff,
        s.get(JAVA_INT, 16) & 0xffffffffL,
        s.get(JAVA_INT, 20),
        s.get(JAVA_INT, 24),
        s.get(JAVA_INT, 128),
        s.get(JAVA_INT, 132),
        s.get(JAVA_LONG, 40),
        s.get(JAVA_LONG, 48),
        s.get(JAVA_LONG, 64),
        s.get(JAVA_INT, 72),
        s.get(JAVA_LONG, 112),
        s.get(JAVA_INT, 120),
        s.get(JAVA_LONG, 96),
        s.get(JAVA_INT, 104));
  }

  static void check(int rc, MemorySegment state, String call, String subject)
      throws LinuxException {
    if (rc < 0) {
      throw new LinuxException(call, subject, errno(state));
    }
  }

  /** Two timespecs, access and modification. */
  static MemorySegment times(
      Arena arena, long accessSeconds, int accessNanos, long modifySeconds, int modifyNanos) {
    MemorySegment t = arena.allocate(32, 8);
    t.set(JAVA_LONG, 0, accessSeconds);
    t.set(JAVA_LONG, 8, accessNanos);
    t.set(JAVA_LONG, 16, modifySeconds);
    t.set(JAVA_LONG, 24, modifyNanos);
    return t;
  }
}
