package dev.gatehouse.solver.worker.session;

import java.io.IOException;
import java.util.List;
import java.util.Map;

/** One client that has a session open, and the services it offers to the build. */
public interface Session {
  /** The session's id, as the client chose it. */
  String id();

  /**
   * The key that the client's builds share across sessions, empty if it gave none. Local sources
   * keep what they received under it.
   */
  default String sharedKey() {
    return "";
  }

  /**
   * Whether the client offers a method, written as on the wire: {@code
   * /moby.filesync.v1.FileSync/DiffCopy}.
   */
  boolean supports(String method);

  /**
   * Calls a method that takes one message and answers one.
   *
   * @throws SessionCallException if the service answers with an error
   * @throws IOException if the session is gone
   */
  byte[] call(String method, byte[] request) throws IOException, InterruptedException;

  /**
   * Opens a call that streams.
   *
   * @param metadata header fields of the call, keys in lower case
   * @throws IOException if the session is gone
   */
  MessageStream open(String method, Map<String, List<String>> metadata)
      throws IOException, InterruptedException;
}
