package dev.gatehouse.solver.exec;

import java.io.IOException;
import java.util.List;

/**
 * A container. Its life is that of its first process; further ones can be started while that runs.
 */
public interface Container extends AutoCloseable {
  String id();

  /** The process that the container was started with. */
  ContainerProcess process();

  /**
   * Starts another process in the container, once the first one runs.
   *
   * <p>An empty user means the first process's user; an empty environment, its environment.
   *
   * @throws ContainerException if the container is not running any more
   */
  ContainerProcess exec(ProcessSpec process, ProcessIo io) throws IOException, InterruptedException;

  /** What of the specification could only be met in part on this host, in sentences. */
  List<String> warnings();

  /**
   * Ends whatever still runs (TERM, a grace period, KILL), and removes every trace: mounts, control
   * group, files, empty mount points in its root. Not interruptible; an interrupt shortens the
   * grace period and stays pending. Idempotent.
   */
  @Override
  void close();
}
