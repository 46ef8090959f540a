package dev.gatehouse.host;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;

/** Bytes from one thread to another, with a bounded amount under way. Guarded by itself. */
final class BytePipe {
  private final byte[] ring = new byte[64 << 10];
  private int start;
  private int size;
  private boolean writerClosed;
  private boolean readerClosed;

  private final InputStream input = new Input();
  private final OutputStream output = new Output();

  /** Ends with the writer's close. */
  InputStream input() {
    return input;
  }

  /** Fails after the reader's close. */
  OutputStream output() {
    return output;
  }

  private synchronized int read(byte[] target, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    try {
      while (size == 0 && !writerClosed && !readerClosed) {
        wait();
      }
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
    if (size == 0 || readerClosed) {
      return -1;
    }
    int count = Math.min(Math.min(length, size), ring.length - start);
    System.arraycopy(ring, start, target, offset, count);
    start = (start + count) % ring.length;
    size -= count;
    notifyAll();
    return count;
  }

  private synchronized void write(byte[] source, int offset, int length) throws IOException {
    int at = offset;
    int left = length;
    while (left > 0) {
      try {
        while (size == ring.length && !readerClosed && !writerClosed) {
          wait();
        }
      } catch (InterruptedException e) {
        throw interrupted(e);
      }
      if (readerClosed || writerClosed) {
        throw new IOException("pipe is closed");
      }
      int end = (start + size) % ring.length;
      int count = Math.min(Math.min(left, ring.length - size), ring.length - end);
      System.arraycopy(source, at, ring, end, count);
      size += count;
      at += count;
      left -= count;
      notifyAll();
    }
  }

  private synchronized void closeWriter() {
    writerClosed = true;
    notifyAll();
  }

  private synchronized void closeReader() {
    readerClosed = true;
    notifyAll();
  }

  private static InterruptedIOException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    InterruptedIOException io = new InterruptedIOException("interrupted");
    io.initCause(e);
    return io;
  }

  private final class Input extends InputStream {
    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      return BytePipe.this.read(target, offset, length);
    }

    @Override
    public void close() {
      closeReader();
    }
  }

  private final class Output extends OutputStream {
    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] source, int offset, int length) throws IOException {
      BytePipe.this.write(source, offset, length);
    }

    @Override
    public void close() {
      closeWriter();
    }
  }
}
