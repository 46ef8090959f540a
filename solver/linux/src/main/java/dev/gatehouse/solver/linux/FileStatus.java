package dev.gatehouse.solver.linux;

/**
 * What statx(2) says of a file.
 *
 * @param device number of the file system
 * @param inode number
 * @param mode type and permission bits, as in st_mode
 * @param links hard links
 * @param uid owner
 * @param gid group
 * @param deviceMajor of a device node
 * @param deviceMinor of a device node
 * @param size in bytes
 * @param blocks of 512 bytes allocated
 * @param accessSeconds last access, seconds since 1970
 * @param accessNanos and nanoseconds
 * @param modifySeconds last modification, seconds since 1970
 * @param modifyNanos and nanoseconds
 * @param changeSeconds last change of the inode, seconds since 1970
 * @param changeNanos and nanoseconds
 */
public record FileStatus(
    long device,
    long inode,
    int mode,
    long links,
    int uid,
    int gid,
    int deviceMajor,
    int deviceMinor,
    long size,
    long blocks,
    long accessSeconds,
    int accessNanos,
    long modifySeconds,
    int modifyNanos,
    long changeSeconds,
    int changeNanos) {

  /** Mask of the type in {@link #mode}. */
  public static final int S_IFMT = 0170000;

  public static final int S_IFSOCK = 0140000;
  public static final int S_IFLNK = 0120000;
  public static final int S_IFREG = 0100000;
  public static final int S_IFBLK = 0060000;
  public static final int S_IFDIR = 0040000;
  public static final int S_IFCHR = 0020000;
  public static final int S_IFIFO = 0010000;

  /** The type bits of the mode, one of the S_IF constants. */
  public int type() {
    return mode & S_IFMT;
  }

  /** Permission, set-id and sticky bits. */
  public int permissions() {
    return mode & 07777;
  }

  public boolean isDirectory() {
    return type() == S_IFDIR;
  }

  public boolean isRegular() {
    return type() == S_IFREG;
  }

  public boolean isSymlink() {
    return type() == S_IFLNK;
  }

  public boolean isDevice() {
    return type() == S_IFCHR || type() == S_IFBLK;
  }

  /** Overlayfs's mark of a deleted name: a character device 0/0. */
  public boolean isWhiteout() {
    return type() == S_IFCHR && deviceMajor == 0 && deviceMinor == 0;
  }

  /** Last modification in nanoseconds since 1970; holds until 2262. */
  public long modifyTimeNanos() {
    return Math.addExact(Math.multiplyExact(modifySeconds, 1_000_000_000L), modifyNanos);
  }
}
