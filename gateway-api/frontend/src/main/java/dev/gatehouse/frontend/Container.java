package dev.gatehouse.frontend;

import java.util.List;
import java.util.Optional;

/**
 * A container that a frontend runs processes in.
 *
 * <p>The first process is the container's own: when it ends, the others are killed. File calls see
 * the mounts as the processes left them.
 */
public interface Container extends AutoCloseable {

  /** Starts a process; the first one, or a further one beside it. */
  ContainerProcess start(ProcessRequest request) throws FrontendException, InterruptedException;

  /**
   * Reads a part of a file of a mount.
   *
   * @param mountIndex position in {@link ContainerRequest#mounts()}
   * @param length most bytes to read, or 0 for all from the offset
   */
  byte[] readFile(int mountIndex, String path, long offset, long length)
      throws FrontendException, InterruptedException;

  /** Lists a directory of a mount, as {@link Reference#readDir}. */
  List<FileStat> readDir(int mountIndex, String path, Optional<String> includePattern)
      throws FrontendException, InterruptedException;

  /** Describes a file of a mount, as {@link Reference#statFile}. */
  FileStat statFile(int mountIndex, String path) throws FrontendException, InterruptedException;

  /** Kills what runs and gives the mounts back. Idempotent. */
  @Override
  void close() throws FrontendException, InterruptedException;
}
