package dev.gatehouse.solver.linux;

import static dev.gatehouse.solver.linux.Calls.broken;
import static dev.gatehouse.solver.linux.Calls.errno;
import static dev.gatehouse.solver.linux.Calls.state;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;

/** An open file that is no directory. One thread at a time. */
public final class OpenFile extends Descriptor {
  public static final int O_RDONLY = 0;
  public static final int O_WRONLY = 1;
  public static final int O_RDWR = 2;
  public static final int O_CREAT = 0100;
  public static final int O_EXCL = 0200;
  public static final int O_TRUNC = 01000;
  public static final int O_APPEND = 02000;
  public static final int O_NONBLOCK = 04000;

  private static final long FICLONE = 0x40049409L;
  private static final int BUFFER = 256 << 10;
  private static final int LOCK_EX = 2;
  private static final int LOCK_NB = 4;

  OpenFile(int fd, String label) {
    super(fd, label);
  }

  /** Opens a path of this host, following symlinks. */
  public static OpenFile open(Path path, int flags, int mode) throws LinuxException {
    return new OpenFile(
        openat(Calls.AT_FDCWD, path.toString(), flags, mode, path.toString()), path.toString());
  }

  /** Bytes read into the array at the file's position, or -1 at the end. */
  public int read(byte[] bytes, int offset, int length) throws LinuxException {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    if (length == 0) {
      return 0;
    }
    int n = Math.min(length, BUFFER);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = state(arena);
      MemorySegment buffer = arena.allocate(n, 1);
      return read(state, buffer, n, bytes, offset);
    }
  }

  private int read(MemorySegment state, MemorySegment buffer, long n, byte[] bytes, int offset)
      throws LinuxException {
    try {
      while (true) {
        long got = (long) Calls.Read.CALL.invokeExact(state, fd(), buffer, n);
        if (got > 0) {
          MemorySegment.copy(buffer, ValueLayout.JAVA_BYTE, 0, bytes, offset, (int) got);
          return (int) got;
        }
        if (got == 0) {
          return -1;
        }
        if (errno(state) != Errno.EINTR) {
          throw new LinuxException("read", label(), errno(state));
        }
      }
    } catch (LinuxException e) {
      throw e;
    } catch (Throwable t) {
      throw broken(t);
    }
  }

  /** Bytes read into the buffer from the offset, or -1 at the end; the file's position stays. */
  public int read(ByteBuffer target, long offset) throws LinuxException {
    int n = Math.min(target.remaining(), BUFFER);
    if (n == 0) {
      return 0;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = state(arena);
      boolean direct = target.isDirect();
      MemorySegment buffer = direct ? MemorySegment.ofBuffer(target) : arena.allocate(n, 1);
      while (true) {
        long got = (long) Calls.Pread.CALL.invokeExact(state, fd(), buffer, (long) n, offset);
        if (got > 0) {
          if (direct) {
            target.position(target.position() + (int) got);
          } else {
            target.put(buffer.asSlice(0, got).asByteBuffer());
          }
          return (int) got;
        }
        if (got == 0) {
          return -1;
        }
        if (errno(state) != Errno.EINTR) {
          throw new LinuxException("pread", label(), errno(state));
        }
      }
    } catch (LinuxException e) {
      throw e;
    } catch (Throwable t) {
      throw broken(t);
    }
  }

  /** Writes all of it at the file's position. */
  public void write(byte[] bytes, int offset, int length) throws LinuxException {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    if (length == 0) {
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = state(arena);
      MemorySegment buffer = arena.allocate(Math.min(length, BUFFER), 1);
      int done = 0;
      while (done < length) {
        int n = Math.min(length - done, BUFFER);
        MemorySegment.copy(bytes, offset + done, buffer, ValueLayout.JAVA_BYTE, 0, n);
        long put = (long) Calls.Write.CALL.invokeExact(state, fd(), buffer, (long) n);
        if (put >= 0) {
          done += (int) put;
        } else if (errno(state) != Errno.EINTR) {
          throw new LinuxException("write", label(), errno(state));
        }
      }
    } catch (LinuxException e) {
      throw e;
    } catch (Throwable t) {
      throw broken(t);
    }
  }

  /** A stream from the file's position; closing it does not close the file. */
  public InputStream inputStream() {
    return new InputStream() {
      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] b, int off, int len) throws IOException {
        return OpenFile.this.read(b, off, len);
      }
    };
  }

  /** A stream to the file's position; closing it does not close the file. */
  public OutputStream outputStream() {
    return new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        OpenFile.this.write(new byte[] {(byte) b}, 0, 1);
      }

      @Override
      public void write(byte[] b, int off, int len) throws IOException {
        OpenFile.this.write(b, off, len);
      }
    };
  }

  /** Moves the file's position. */
  public void seek(long offset) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = state(arena);
      long rc = (long) Calls.Lseek.CALL.invokeExact(state, fd(), offset, 0);
      check(rc < 0 ? -1 : 0, state, "lseek", label());
    } catch (LinuxException e) {
      throw e;
    } catch (Throwable t) {
      throw broken(t);
    }
  }

  /** Cuts or extends the file. */
  public void truncate(long size) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = state(arena);
      check((int) Calls.Ftruncate.CALL.invokeExact(state, fd(), size), state, "ftruncate", label());
    } catch (LinuxException e) {
      throw e;
    } catch (Throwable t) {
      throw broken(t);
    }
  }

  public void chmod(int permissions) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = state(arena);
      check(
          (int) Calls.Fchmod.CALL.invokeExact(state, fd(), permissions), state, "fchmod", label());
    } catch (LinuxException e) {
      throw e;
    } catch (Throwable t) {
      throw broken(t);
    }
  }

  public void chown(int uid, int gid) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = state(arena);
      check((int) Calls.Fchown.CALL.invokeExact(state, fd(), uid, gid), state, "fchown", label());
    } catch (LinuxException e) {
      throw e;
    } catch (Throwable t) {
      throw broken(t);
    }
  }

  /** Sets the times of access and modification. */
  public void setTimes(long accessSeconds, int accessNanos, long modifySeconds, int modifyNanos)
      throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = state(arena);
      MemorySegment t = times(arena, accessSeconds, accessNanos, modifySeconds, modifyNanos);
      check((int) Calls.Futimens.CALL.invokeExact(state, fd(), t), state, "futimens", label());
    } catch (LinuxException e) {
      throw e;
    } catch (Throwable t) {
      throw broken(t);
    }
  }

  /**
   * Copies the other file's whole content here, sharing blocks where the file system can (FICLONE),
   * within the kernel where it cannot (copy_file_range), else through memory. Both positions are at
   * the start and this file is empty.
   */
  public void copyFrom(OpenFile source) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = state(arena);
      if ((int) Calls.Ioctl.CALL.invokeExact(state, fd(), FICLONE, (long) source.fd()) == 0) {
        return;
      }
      boolean any = false;
      while (true) {
        long n =
            (long)
                Calls.CopyFileRange.CALL.invokeExact(
                    state, source.fd(), MemorySegment.NULL, fd(), MemorySegment.NULL, 1L << 30, 0);
        if (n > 0) {
          any = true;
        } else if (n == 0) {
          if (any) {
            return;
          }
          break; // Empty, or a file system such as procfs that the call reads as empty.
        } else {
          int e = errno(state);
          if (e == Errno.EINTR) {
            continue;
          }
          if (any || e == Errno.ENOSPC || e == Errno.EDQUOT || e == Errno.EIO) {
            throw new LinuxException("copy_file_range", label(), e);
          }
          break;
        }
      }
    } catch (LinuxException e) {
      throw e;
    } catch (Throwable t) {
      throw broken(t);
    }
    byte[] buffer = new byte[BUFFER];
    for (int n; (n = source.read(buffer, 0, buffer.length)) > 0; ) {
      write(buffer, 0, n);
    }
  }

  /**
   * The whole content, read from the file's position.
   *
   * @throws LinuxException EFBIG above the limit, EISDIR or EINVAL where it is no regular file
   */
  public byte[] content(int limit) throws LinuxException {
    FileStatus s = status();
    if (!s.isRegular()) {
      throw new LinuxException("read", label(), s.isDirectory() ? Errno.EISDIR : Errno.EINVAL);
    }
    if (s.size() > limit) {
      throw new LinuxException("read", label(), Errno.EFBIG);
    }
    byte[] bytes = new byte[(int) s.size()];
    int done = 0;
    while (done < bytes.length) {
      int n = read(bytes, done, bytes.length - done);
      if (n < 0) {
        break;
      }
      done += n;
    }
    return done == bytes.length ? bytes : Arrays.copyOf(bytes, done);
  }

  /** Writes the file's data and status to the disk. */
  public void sync() throws LinuxException {
    FileSystems.fsync(this);
  }

  /** Takes the exclusive flock(2) of this open file; returns false while another has it. */
  public boolean tryLock() throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = state(arena);
      if ((int) Calls.Flock.CALL.invokeExact(state, fd(), LOCK_EX | LOCK_NB) == 0) {
        return true;
      }
      if (errno(state) == Errno.EAGAIN) {
        return false;
      }
      throw new LinuxException("flock", label(), errno(state));
    } catch (LinuxException e) {
      throw e;
    } catch (Throwable t) {
      throw broken(t);
    }
  }
}
