package dev.gatehouse.solver.worker.op;

import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.store.ImmutableReference;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What one build found out and stays with: a source that moves on while the build runs, such as a
 * branch, is the same to all its steps and to its frontend. Safe for use by several threads.
 */
public final class BuildMemory implements AutoCloseable {
  /** Finds out what is not known yet. */
  @FunctionalInterface
  public interface Lookup<T> {
    T find() throws SolveException, IOException, InterruptedException;
  }

  /** One thing known; its lock is held while it is found out. */
  private static final class Slot {
    private final ReentrantLock lock = new ReentrantLock();
    private volatile @Nullable Object value;
  }

  private final Map<String, Slot> slots = new ConcurrentHashMap<>();

  // guarded by this
  private final Deque<ImmutableReference> kept = new ArrayDeque<>();
  private boolean closed;

  /**
   * What is known under a key, found out by the first who asks. What fails is not remembered.
   *
   * @param key tells apart what is asked, beginning with the kind of question
   */
  public <T> T get(String key, Class<T> type, Lookup<T> lookup)
      throws SolveException, IOException, InterruptedException {
    Slot slot = slots.computeIfAbsent(key, k -> new Slot());
    Object known = slot.value;
    if (known != null) {
      return type.cast(known);
    }
    slot.lock.lockInterruptibly();
    try {
      known = slot.value;
      if (known == null) {
        known = lookup.find();
        slot.value = known;
      }
      return type.cast(known);
    } finally {
      slot.lock.unlock();
    }
  }

  /** Has a reference closed when the build ends, or now if it has. */
  public void keep(ImmutableReference reference) {
    synchronized (this) {
      if (!closed) {
        kept.push(reference);
        return;
      }
    }
    reference.close();
  }

  @Override
  public void close() {
    Deque<ImmutableReference> rest;
    synchronized (this) {
      closed = true;
      rest = new ArrayDeque<>(kept);
      kept.clear();
    }
    rest.forEach(ImmutableReference::close);
  }
}
