package dev.gatehouse.solver.exec;

import java.io.IOException;

/** A process in a container. */
public interface ContainerProcess {
  /**
   * Waits for the end of the process and of its output.
   *
   * @throws ContainerException if the runtime could not start it
   */
  ExitStatus await() throws ContainerException, InterruptedException;

  /**
   * Sends it a signal by number. Nothing happens when it has ended.
   *
   * @throws ContainerException if it never started
   */
  void signal(int number) throws IOException, InterruptedException;

  /** Sets the size of its terminal; nothing happens without one. */
  void resize(int rows, int columns) throws IOException, InterruptedException;
}
