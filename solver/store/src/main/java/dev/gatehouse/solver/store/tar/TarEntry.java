package dev.gatehouse.solver.store.tar;

import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * One member of a tar archive, without its content.
 *
 * <p>Names and link targets are file names as the archive has them: {@code /}-separated, usually
 * relative. Bytes that are no UTF-8 appear as the lone surrogates U+DC80 to U+DCFF, so that every
 * name survives reading and writing.
 *
 * @param name path of the member; a directory's may end in a slash
 * @param type what the member is
 * @param mode permission bits with set-user-id, set-group-id and sticky (octal 07777)
 * @param uid owner
 * @param gid group
 * @param userName owner's name, empty if the archive has none
 * @param groupName group's name, empty if the archive has none
 * @param size length of the content in bytes; 0 unless the type is {@link Type#FILE}
 * @param modified time of last modification
 * @param linkName target of a symbolic link, or the name of the earlier member that a hard link
 *     repeats; else empty
 * @param deviceMajor major number of a device, else 0
 * @param deviceMinor minor number of a device, else 0
 * @param xattrs extended attributes by full name ({@code security.capability}), values are not
 *     copied
 */
public record TarEntry(
    String name,
    Type type,
    int mode,
    long uid,
    long gid,
    String userName,
    String groupName,
    long size,
    Instant modified,
    String linkName,
    long deviceMajor,
    long deviceMinor,
    SortedMap<String, byte[]> xattrs) {

  /** What a member is; the character is the type flag of its header. */
  public enum Type {
    FILE('0'),
    HARD_LINK('1'),
    SYMLINK('2'),
    CHARACTER_DEVICE('3'),
    BLOCK_DEVICE('4'),
    DIRECTORY('5'),
    FIFO('6');

    final char flag;

    Type(char flag) {
      this.flag = flag;
    }
  }

  public TarEntry {
    Objects.requireNonNull(type);
    Objects.requireNonNull(modified);
    if (name.isEmpty()) {
      throw new IllegalArgumentException("a tar entry needs a name");
    }
    if (name.indexOf('\0') >= 0 || linkName.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("a tar entry's name cannot hold NUL");
    }
    if ((mode & ~07777) != 0) {
      throw new IllegalArgumentException(
          "mode " + Integer.toOctalString(mode) + " has more than permission bits");
    }
    if (uid < 0 || gid < 0 || size < 0 || deviceMajor < 0 || deviceMinor < 0) {
      throw new IllegalArgumentException("negative number in tar entry " + name);
    }
    if (size > 0 && type != Type.FILE) {
      throw new IllegalArgumentException("only a file has content: " + name);
    }
    xattrs = Collections.unmodifiableSortedMap(new TreeMap<>(xattrs));
  }

  /** Starts an entry of mode 0, owner 0:0, time 1970-01-01T00:00:00Z and no content. */
  public static Builder builder(String name, Type type) {
    return new Builder(name, type);
  }

  /** Starts an entry equal to this one. */
  public Builder toBuilder() {
    Builder b = new Builder(name, type);
    b.mode = mode;
    b.uid = uid;
    b.gid = gid;
    b.userName = userName;
    b.groupName = groupName;
    b.size = size;
    b.modified = modified;
    b.linkName = linkName;
    b.deviceMajor = deviceMajor;
    b.deviceMinor = deviceMinor;
    b.xattrs.putAll(xattrs);
    return b;
  }

  public boolean isDirectory() {
    return type == Type.DIRECTORY;
  }

  /** Collects the parts of an entry. */
  public static final class Builder {
    private String name;
    private final Type type;
    private int mode;
    private long uid;
    private long gid;
    private String userName = "";
    private String groupName = "";
    private long size;
    private Instant modified = Instant.EPOCH;
    private String linkName = "";
    private long deviceMajor;
    private long deviceMinor;
    private final TreeMap<String, byte[]> xattrs = new TreeMap<>();

    private Builder(String name, Type type) {
      this.name = name;
      this.type = type;
    }

    public Builder name(String name) {
      this.name = name;
      return this;
    }

    public Builder mode(int mode) {
      this.mode = mode;
      return this;
    }

    public Builder owner(long uid, long gid) {
      this.uid = uid;
      this.gid = gid;
      return this;
    }

    public Builder ownerNames(String userName, String groupName) {
      this.userName = userName;
      this.groupName = groupName;
      return this;
    }

    public Builder size(long size) {
      this.size = size;
      return this;
    }

    public Builder modified(Instant modified) {
      this.modified = modified;
      return this;
    }

    public Builder linkName(String linkName) {
      this.linkName = linkName;
      return this;
    }

    public Builder device(long major, long minor) {
      this.deviceMajor = major;
      this.deviceMinor = minor;
      return this;
    }

    public Builder xattr(String name, byte[] value) {
      xattrs.put(name, value);
      return this;
    }

    public Builder xattrs(Map<String, byte[]> all) {
      xattrs.putAll(all);
      return this;
    }

    public TarEntry build() {
      return new TarEntry(
          name,
          type,
          mode,
          uid,
          gid,
          userName,
          groupName,
          size,
          modified,
          linkName,
          deviceMajor,
          deviceMinor,
          xattrs);
    }
  }
}
