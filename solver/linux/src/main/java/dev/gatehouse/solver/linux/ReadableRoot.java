package dev.gatehouse.solver.linux;

import java.util.Optional;

/**
 * A tree as a process that has it as its root would see it, for reading: an absolute symlink or any
 * number of {@code ..} stays inside. Safe for several threads.
 */
public interface ReadableRoot extends AutoCloseable {
  /** Opens a directory, following symlinks inside the root. */
  ReadableDirectory directory(String path) throws LinuxException;

  /** Opens a file for reading, following symlinks inside the root. */
  OpenFile file(String path) throws LinuxException;

  /** The status of what the path leads to; empty when it leads to nothing. */
  Optional<FileStatus> findStat(String path) throws LinuxException;

  /** The status of the path itself; empty when there is nothing. */
  Optional<FileStatus> findLstat(String path) throws LinuxException;

  /**
   * The path with all symlinks replaced, absolute within the root. Components that do not exist
   * stay as they are, so that the result can be created.
   *
   * @throws LinuxException ELOOP after 255 links
   */
  default String resolve(String path) throws LinuxException {
    return PathResolution.resolve(path, true, lookup());
  }

  /** As {@link #resolve}, leaving a symlink at the last component as it is. */
  default String resolveParent(String path) throws LinuxException {
    return PathResolution.resolve(path, false, lookup());
  }

  /** What resolving a path asks this tree. */
  PathResolution.Lookup lookup();

  /**
   * A name in an open directory; {@code .} for the root itself. The directory is closed with it.
   */
  interface Place extends AutoCloseable {
    ReadableDirectory directory();

    String name();

    @Override
    void close();
  }

  /**
   * Opens the directory that holds the last component of the path, which is not followed and need
   * not exist. A path without a last component, such as {@code /} or {@code a/..}, is placed as the
   * name {@code .} of what it leads to.
   */
  Place place(String path) throws LinuxException;

  /** The whole content of a file, refused with EFBIG above the limit. */
  byte[] readFile(String path, int limit) throws LinuxException;

  @Override
  void close();
}
