package dev.gatehouse.solver.linux;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An open directory, to be read by names: one of the disk, or several shown as one. A name is one
 * component, {@code .} is the directory itself. No call follows a symlink.
 */
public interface ReadableDirectory extends AutoCloseable {
  /** What errors call it. */
  String label();

  /** The names in it, in no order. */
  List<Directory.Entry> list() throws LinuxException;

  /** The status of a name, of the link itself if it is one. */
  FileStatus stat(String name) throws LinuxException;

  /** The status of a name, or empty when there is none. */
  Optional<FileStatus> find(String name) throws LinuxException;

  /** Opens a directory below. */
  ReadableDirectory directory(String name) throws LinuxException;

  /** Opens a file that is neither directory nor symlink for reading. */
  OpenFile file(String name) throws LinuxException;

  String readlink(String name) throws LinuxException;

  /** The extended attributes of a name, sorted. */
  Map<String, byte[]> xattrs(String name) throws LinuxException;

  @Override
  void close();
}
