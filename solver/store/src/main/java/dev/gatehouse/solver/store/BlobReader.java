package dev.gatehouse.solver.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/**
 * Random access to one blob. It stays readable after the blob is deleted, until closed. Safe for
 * use by several threads.
 */
public interface BlobReader extends AutoCloseable {
  BlobInfo info();

  /** Bytes read into the buffer from the offset, or -1 at the end. */
  int read(ByteBuffer target, long offset) throws IOException;

  /** A stream from the offset; closing it leaves this reader open. */
  InputStream stream(long offset) throws IOException;

  /** A stream from the beginning. */
  default InputStream stream() throws IOException {
    return stream(0);
  }

  @Override
  void close();
}
