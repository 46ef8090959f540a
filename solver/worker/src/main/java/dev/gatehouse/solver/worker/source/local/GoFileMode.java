package dev.gatehouse.solver.worker.source.local;

import dev.gatehouse.solver.linux.FileStatus;

/**
 * A file's mode as fsutil sends it: the bits of Go's {@code fs.FileMode}, which are not those of
 * Linux above the lowest nine.
 */
record GoFileMode(int bits) {
  private static final int DIRECTORY = 1 << 31;
  private static final int SYMLINK = 1 << 27;
  private static final int DEVICE = 1 << 26;
  private static final int NAMED_PIPE = 1 << 25;
  private static final int SOCKET = 1 << 24;
  private static final int SET_UID = 1 << 23;
  private static final int SET_GID = 1 << 22;
  private static final int CHARACTER_DEVICE = 1 << 21;
  private static final int STICKY = 1 << 20;

  boolean isDirectory() {
    return (bits & DIRECTORY) != 0;
  }

  boolean isSymlink() {
    return (bits & SYMLINK) != 0;
  }

  /** Whether it is a device, a pipe or a socket. */
  boolean isSpecial() {
    return (bits & (DEVICE | NAMED_PIPE | SOCKET)) != 0;
  }

  /** One of the S_IF constants of {@link FileStatus}. */
  int fileType() {
    if (isDirectory()) {
      return FileStatus.S_IFDIR;
    }
    if (isSymlink()) {
      return FileStatus.S_IFLNK;
    }
    if ((bits & DEVICE) != 0) {
      return (bits & CHARACTER_DEVICE) != 0 ? FileStatus.S_IFCHR : FileStatus.S_IFBLK;
    }
    if ((bits & NAMED_PIPE) != 0) {
      return FileStatus.S_IFIFO;
    }
    return (bits & SOCKET) != 0 ? FileStatus.S_IFSOCK : FileStatus.S_IFREG;
  }

  /** Permission, set-id and sticky bits as Linux has them. */
  int permissions() {
    return bits & 0777
        | ((bits & SET_UID) != 0 ? 04000 : 0)
        | ((bits & SET_GID) != 0 ? 02000 : 0)
        | ((bits & STICKY) != 0 ? 01000 : 0);
  }
}
