package dev.gatehouse.frontend;

import dev.gatehouse.frontend.server.FrontendProcess;

/**
 * The entry point of a frontend image: serves one build over standard input and output and exits.
 *
 * <p>The first argument is the class name of the frontend; without one it is the only one that
 * {@link java.util.ServiceLoader} finds. Standard output is the wire: before anything else, {@code
 * System.out} becomes {@code System.err}, and what is written there reaches the person who builds
 * as log.
 */
public final class FrontendMain {
  private FrontendMain() {}

  public static void main(String[] args) {
    System.setOut(System.err);
    FrontendProcess.main(args);
  }
}
