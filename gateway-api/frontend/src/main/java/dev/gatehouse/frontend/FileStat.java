package dev.gatehouse.frontend;

import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * A file in a file system: name, kind, owner, size and time, in the terms of {@code
 * fsutil.types.Stat}.
 *
 * @param path slash separated
 * @param mode permission bits and kind in the encoding of Go's {@code os.FileMode}, see the
 *     constants
 * @param userId numeric owner
 * @param groupId numeric group
 * @param size in bytes
 * @param modificationTime nanoseconds since 1970
 * @param linkName target of a symbolic or hard link, or empty
 * @param deviceMajor of a device
 * @param deviceMinor of a device
 * @param xattrs extended attributes
 */
public record FileStat(
    String path,
    int mode,
    int userId,
    int groupId,
    long size,
    long modificationTime,
    String linkName,
    long deviceMajor,
    long deviceMinor,
    Map<String, byte[]> xattrs) {

  /** Mode bit of a directory. */
  public static final int DIRECTORY = 1 << 31;

  /** Mode bit of a symbolic link. */
  public static final int SYMLINK = 1 << 27;

  /** Mode bit of a device. */
  public static final int DEVICE = 1 << 26;

  /** Mode bit of a named pipe. */
  public static final int NAMED_PIPE = 1 << 25;

  /** Mode bit of a socket. */
  public static final int SOCKET = 1 << 24;

  /** Mode bit for set-user-id. */
  public static final int SETUID = 1 << 23;

  /** Mode bit for set-group-id. */
  public static final int SETGID = 1 << 22;

  /** Mode bit that makes a {@link #DEVICE} a character device. */
  public static final int CHAR_DEVICE = 1 << 21;

  /** Mode bit of a sticky directory. */
  public static final int STICKY = 1 << 20;

  /** Mode bit of something else. */
  public static final int IRREGULAR = 1 << 19;

  private static final int KIND =
      DIRECTORY | SYMLINK | DEVICE | NAMED_PIPE | SOCKET | CHAR_DEVICE | IRREGULAR;

  public FileStat {
    Objects.requireNonNull(path, "path");
    Objects.requireNonNull(linkName, "linkName");
    xattrs = xattrs.isEmpty() ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(xattrs));
  }

  /** A file without link, device and extended attributes. */
  public static FileStat of(
      String path, int mode, int userId, int groupId, long size, long modificationTime) {
    return new FileStat(path, mode, userId, groupId, size, modificationTime, "", 0, 0, Map.of());
  }

  /** The lowest nine bits. */
  public int permissions() {
    return mode & 0777;
  }

  public boolean isDirectory() {
    return (mode & DIRECTORY) != 0;
  }

  public boolean isRegularFile() {
    return (mode & KIND) == 0;
  }

  public boolean isSymbolicLink() {
    return (mode & SYMLINK) != 0;
  }

  public Instant modified() {
    return Instant.ofEpochSecond(
        Math.floorDiv(modificationTime, 1_000_000_000L),
        Math.floorMod(modificationTime, 1_000_000_000L));
  }

  /** The same file under another path. */
  public FileStat withPath(String newPath) {
    return new FileStat(
        newPath,
        mode,
        userId,
        groupId,
        size,
        modificationTime,
        linkName,
        deviceMajor,
        deviceMinor,
        xattrs);
  }
}
