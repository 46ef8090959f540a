package dev.gatehouse.frontend.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** Bytes from one thread to another, at most {@value #BOUND} of them waiting. */
final class InputPipe extends InputStream {
  static final int BOUND = 4 << 20;

  private final Deque<byte[]> chunks = new ArrayDeque<>(); // these are guarded by this
  private int offset;
  private int size;
  private boolean ended;
  private boolean closed;

  /** Hands bytes over; dropped when the reader has closed. */
  synchronized void add(byte[] bytes) throws InterruptedException {
    while (size >= BOUND && !closed) {
      wait();
    }
    if (!closed) {
      chunks.add(bytes);
      size += bytes.length;
      notifyAll();
    }
  }

  /** No more will come. */
  synchronized void end() {
    ended = true;
    notifyAll();
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public synchronized int read(byte[] into, int at, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    try {
      while (chunks.isEmpty() && !ended && !closed) {
        wait();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for input");
    }
    byte @Nullable [] first = chunks.peek();
    if (first == null || closed) {
      return -1;
    }
    int n = Math.min(length, first.length - offset);
    System.arraycopy(first, offset, into, at, n);
    offset += n;
    size -= n;
    if (offset == first.length) {
      chunks.remove();
      offset = 0;
    }
    notifyAll();
    return n;
  }

  @Override
  public synchronized int available() {
    return size;
  }

  @Override
  public synchronized void close() {
    closed = true;
    notifyAll();
  }
}
