package dev.gatehouse.cli.packager;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLockInterruptionException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.Semaphore;

/**
 * A folder of a name that is known beforehand, in a place where everybody may write. One run of a
 * user at a time has it, in this process or another; the next waits.
 *
 * <p>A folder or a link that somebody else put in its place is refused; what an own run left there
 * that was cut off is removed. The lock is a file beside it, which stays.
 */
final class WorkFolder implements AutoCloseable {
  /** Locks of files are between processes. */
  private static final Semaphore IN_THIS_PROCESS = new Semaphore(1);

  private final Path path;
  private final FileChannel lock;

  private WorkFolder(Path path, FileChannel lock) {
    this.path = path;
    this.lock = lock;
  }

  /**
   * Waits until no other run has the lock, and makes the folder.
   *
   * @param waiting told once if there is somebody to wait for
   * @throws PackagingException if something of somebody else stands in the folder's place
   */
  static WorkFolder open(Path path, Path lock, Runnable waiting)
      throws IOException, PackagingException, InterruptedException {
    boolean told = !IN_THIS_PROCESS.tryAcquire();
    if (told) {
      waiting.run();
      IN_THIS_PROCESS.acquire();
    }
    FileChannel channel = null;
    boolean opened = false;
    try {
      channel =
          FileChannel.open(
              lock,
              Set.of(
                  StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS),
              mode("rw-------"));
      if (channel.tryLock() == null) {
        if (!told) {
          waiting.run();
        }
        channel.lock();
      }
      make(path);
      opened = true;
      return new WorkFolder(path, channel);
    } catch (FileLockInterruptionException e) {
      Thread.interrupted(); // The exception says it.
      throw (InterruptedException) new InterruptedException().initCause(e);
    } finally {
      if (!opened) {
        if (channel != null) {
          channel.close();
        }
        IN_THIS_PROCESS.release();
      }
    }
  }

  private static FileAttribute<?> mode(String permissions) {
    return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions));
  }

  private static void make(Path path) throws IOException, PackagingException {
    try {
      Files.createDirectory(path, mode("rwx------"));
    } catch (FileAlreadyExistsException e) {
      Object user = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
      if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)
          || !user.equals(Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS))) {
        throw new PackagingException(
            path + " is no folder of this user; delete it or name another java.io.tmpdir", e);
      }
      JavaRuntime.deleteTree(path);
      Files.createDirectory(path, mode("rwx------"));
    }
  }

  /** The folder, which was empty when it was opened. */
  Path path() {
    return path;
  }

  /** Deletes the folder and lets the next run have it. */
  @Override
  public void close() throws IOException {
    try (lock) {
      JavaRuntime.deleteTree(path);
    } finally {
      IN_THIS_PROCESS.release();
    }
  }
}
