package dev.gatehouse.solver.worker.session;

import java.io.IOException;
import java.util.List;

/** The clients that wait for the same work; any of them may be asked. */
@FunctionalInterface
public interface SessionGroup {
  /** No client. */
  SessionGroup NONE = List::of;

  /** The sessions now, in the order in which they came. */
  List<Session> sessions();

  /**
   * Asks one session after the other that offers a method, until one answers.
   *
   * @throws IOException of the last that was asked, or saying that none offers the method
   */
  default <T> T any(String method, Call<T> call) throws IOException, InterruptedException {
    IOException last = null;
    for (Session session : sessions()) {
      if (!session.supports(method)) {
        continue;
      }
      try {
        return call.on(session);
      } catch (IOException e) {
        last = e;
      }
    }
    if (last != null) {
      throw last;
    }
    throw new IOException("no active sessions with " + method);
  }

  /** Something asked of a session. */
  @FunctionalInterface
  interface Call<T> {
    T on(Session session) throws IOException, InterruptedException;
  }
}
