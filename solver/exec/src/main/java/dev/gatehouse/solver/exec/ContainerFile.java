package dev.gatehouse.solver.exec;

/**
 * A file that a container sees and that exists in memory only: a secret.
 *
 * @param destination absolute path in the container
 * @param content its bytes; the array is the record's own from now on
 * @param uid owner
 * @param gid group
 * @param mode permission bits
 */
@SuppressWarnings("ArrayRecordComponent") // one owner, never compared
public record ContainerFile(String destination, byte[] content, int uid, int gid, int mode) {
  public ContainerFile {
    if (!destination.startsWith("/")) {
      throw new IllegalArgumentException("mount point is not absolute: " + destination);
    }
    if ((mode & ~0777) != 0) {
      throw new IllegalArgumentException("not permission bits: " + Integer.toOctalString(mode));
    }
  }

  /** Names the file but not its content. */
  @Override
  public String toString() {
    return "ContainerFile[" + destination + ", " + content.length + " bytes]";
  }
}
