package dev.gatehouse.frontend.transport.http2;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Writes frames in the order in which they were added, on a thread of its own: neither the thread
 * that reads nor one that may be interrupted ever waits in a write.
 */
final class FrameWriter {
  /** Bytes in the queue from which on senders of data wait. */
  private static final int FULL = 256 << 10;

  /** Answers in the queue beyond which the other end asks for more than it reads. */
  private static final int MAX_ANSWERS = 10_000;

  private static final int BUFFER = 32 << 10;

  private final OutputStream out;
  private final Deque<Frame> queue = new ArrayDeque<>(); // guarded by this
  private long queued; // bytes; guarded by this
  private int answers; // in the queue; guarded by this
  private boolean closed; // guarded by this

  FrameWriter(OutputStream out) {
    this.out = new BufferedOutputStream(out, BUFFER);
  }

  /** Adds a frame; ignored once this is closed. */
  synchronized void add(Frame frame) {
    if (!closed) {
      queue.add(frame);
      queued += frame.size();
      notifyAll();
    }
  }

  /**
   * Adds an answer to a frame that came in.
   *
   * @throws Http2Exception if too many of them wait already
   */
  void answer(Frame frame) throws Http2Exception {
    synchronized (this) {
      if (++answers > MAX_ANSWERS) {
        throw new Http2Exception(
            Http2Exception.ENHANCE_YOUR_CALM, "the other end asks more than it reads answers");
      }
      add(frame);
    }
  }

  /** Waits until the queue is short, or this is closed. */
  synchronized void awaitRoom() throws InterruptedException {
    while (queued > FULL && !closed) {
      wait();
    }
  }

  /** No further frames; those in the queue are still written. */
  synchronized void close() {
    closed = true;
    notifyAll();
  }

  /** Writes until this is closed and all is written. */
  void run() throws IOException {
    List<Frame> frames = new ArrayList<>();
    while (take(frames)) {
      for (Frame frame : frames) {
        out.write(frame.head());
        out.write(frame.body(), frame.offset(), frame.length());
      }
      out.flush();
      frames.clear();
    }
  }

  private synchronized boolean take(List<Frame> frames) throws IOException {
    try {
      while (queue.isEmpty() && !closed) {
        wait();
      }
    } catch (InterruptedException e) {
      throw new IOException("the writing thread was interrupted", e);
    }
    frames.addAll(queue);
    queue.clear();
    queued = 0;
    answers = 0;
    notifyAll();
    return !frames.isEmpty();
  }
}
