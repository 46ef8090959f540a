package dev.gatehouse.frontend;

import dev.gatehouse.frontend.server.FrontendProcess;

/**
 * The entry point of a frontend image: serves one build over standard input and output and exits.
 *
 * <p>The frontend is found through {@link java.util.ServiceLoader}; with several on the class path,
 * the first argument is the class name of the one to run. Standard output is the wire: before
 * anything else, {@code System.out} becomes {@code System.err}, and what is written there reaches
 * the person who builds as log.
 */
public final class FrontendMain {
  private FrontendMain() {}

  public static void main(String[] args) {
    System.setOut(System.err);
    FrontendProcess.main(args);
  }
}
