package dev.gatehouse.daemon.build;

import dev.gatehouse.solver.core.ProgressEvent;
import dev.gatehouse.solver.core.ProgressSink;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Everything that happened in one build, in order; readers come at any time and begin at the
 * beginning.
 */
public final class ProgressLog implements ProgressSink {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition grown = lock.newCondition();

  // guarded by lock
  private final List<ProgressEvent> events = new ArrayList<>();
  private boolean closed;

  @Override
  public void accept(ProgressEvent event) {
    lock.lock();
    try {
      if (!closed) {
        events.add(event);
        grown.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Nothing more will happen. */
  public void close() {
    lock.lock();
    try {
      closed = true;
      grown.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** All events from a position on; waits for the first of them. Empty when there will be none. */
  public List<ProgressEvent> from(int position) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (events.size() <= position && !closed) {
        grown.await();
      }
      return List.copyOf(events.subList(Math.min(position, events.size()), events.size()));
    } finally {
      lock.unlock();
    }
  }
}
