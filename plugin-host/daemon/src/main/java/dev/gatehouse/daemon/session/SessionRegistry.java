package dev.gatehouse.daemon.session;

import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The sessions that are open, by id.
 *
 * <p>A client starts its session and its build at once, so a build may ask for a session that is
 * still on its way: {@link #await} waits for it.
 */
public final class SessionRegistry {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  // guarded by lock
  private final Map<String, TunnelSession> sessions = new HashMap<>();

  /**
   * Opens a session unless there is one; it leaves by itself when it closes.
   *
   * @param opening makes the session with this id, without waiting; greets the client
   * @throws IllegalStateException if one with its id is open
   */
  public TunnelSession open(String id, Supplier<TunnelSession> opening) {
    TunnelSession session;
    lock.lock();
    try {
      if (sessions.containsKey(id)) {
        throw new IllegalStateException("session " + id + " already exists");
      }
      session = opening.get();
      sessions.put(id, session);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    session.onClose(() -> remove(session));
    return session;
  }

  /** The session with this id, if it is open. An id may carry a prefix that ends in a colon. */
  public @Nullable TunnelSession find(String id) {
    lock.lock();
    try {
      return sessions.get(bare(id));
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits until the session is there.
   *
   * @throws IOException if it does not come in time
   */
  public TunnelSession await(String id, Duration patience)
      throws IOException, InterruptedException {
    long nanos = patience.toNanos();
    lock.lockInterruptibly();
    try {
      while (true) {
        TunnelSession session = sessions.get(bare(id));
        if (session != null) {
          return session;
        }
        if (nanos <= 0) {
          throw new IOException(
              "no active session for " + bare(id) + ": context deadline exceeded");
        }
        nanos = changed.awaitNanos(nanos);
      }
    } finally {
      lock.unlock();
    }
  }

  /** How many sessions are open. */
  public int size() {
    lock.lock();
    try {
      return sessions.size();
    } finally {
      lock.unlock();
    }
  }

  /** Closes all sessions and waits a moment for their clients to notice. */
  public void closeAll() throws InterruptedException {
    TunnelSession[] all;
    lock.lock();
    try {
      all = sessions.values().toArray(new TunnelSession[0]);
    } finally {
      lock.unlock();
    }
    for (TunnelSession session : all) {
      session.close(new IOException("the daemon is shutting down"));
    }
    for (TunnelSession session : all) {
      session.awaitClosed(1, TimeUnit.SECONDS);
    }
  }

  private void remove(TunnelSession session) {
    lock.lock();
    try {
      sessions.remove(session.id(), session);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private static String bare(String id) {
    int colon = id.indexOf(':');
    return colon >= 0 && colon + 1 < id.length() ? id.substring(colon + 1) : id;
  }
}
