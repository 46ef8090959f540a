package dev.gatehouse.frontend.transport;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.concurrent.TimeUnit;

/**
 * An input that is asked for what is there before it is read, so that no thread sits in a native
 * read when the process exits: the JVM gives such a thread 300 ms.
 *
 * <p>While bytes flow it looks every 50 microseconds, then ever less often up to every 2
 * milliseconds; after some seconds without any it does wait in a read, which also notices the end
 * of the stream.
 */
public final class PolledInput extends InputStream {
  private static final long FIRST_NANOS = TimeUnit.MICROSECONDS.toNanos(50);
  private static final long LONGEST_NANOS = TimeUnit.MILLISECONDS.toNanos(2);
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final InputStream in;

  public PolledInput(InputStream in) {
    this.in = in;
  }

  private void awaitInput() throws IOException {
    long pause = FIRST_NANOS;
    long waited = 0;
    try {
      while (in.available() == 0 && waited < PATIENCE_NANOS) {
        Thread.sleep(pause / 1_000_000, (int) (pause % 1_000_000));
        waited += pause;
        pause = Math.min(LONGEST_NANOS, pause + pause / 4);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for input");
    }
  }

  @Override
  public int read() throws IOException {
    awaitInput();
    return in.read();
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    awaitInput();
    return in.read(bytes, offset, length);
  }

  @Override
  public int available() throws IOException {
    return in.available();
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
