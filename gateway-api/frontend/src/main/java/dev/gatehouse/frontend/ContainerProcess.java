package dev.gatehouse.frontend;

/** A process in a {@link Container}. */
public interface ContainerProcess {

  /** The exit code that is given when the process never ran or its status could not be had. */
  int UNKNOWN_EXIT_CODE = 255;

  /**
   * Waits for the end of the process and of its output.
   *
   * @return the exit code
   * @throws FrontendException when the process could not be run
   */
  int waitFor() throws FrontendException, InterruptedException;

  /** Tells a process with a terminal its new size. */
  void resize(int rows, int columns) throws FrontendException, InterruptedException;

  /**
   * Sends a signal.
   *
   * @param name without prefix, such as {@code TERM} or {@code HUP}
   */
  void signal(String name) throws FrontendException, InterruptedException;
}
