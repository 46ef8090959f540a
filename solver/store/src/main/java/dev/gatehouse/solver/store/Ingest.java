package dev.gatehouse.solver.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * One blob being written. What was written stays on disk under the ingest's name when it is closed
 * without commit, and {@link ContentStore#ingest} with the same name resumes at {@link #offset}.
 * Only one ingest of a name is open at a time: a second waits for the first.
 */
public interface Ingest extends AutoCloseable {
  /** Bytes written so far, those of an earlier attempt included. */
  long offset();

  void write(byte[] bytes, int offset, int length) throws IOException;

  /** Copies the stream to its end. */
  void writeFrom(InputStream in) throws IOException;

  /** A stream that writes here; closing it neither commits nor closes the ingest. */
  OutputStream stream();

  /** Drops what was written and starts again at offset 0. */
  void truncate() throws IOException;

  /**
   * Verifies digest and size, where they were given, and makes the blob appear; a blob that was
   * there already wins. On a mismatch the written bytes are dropped.
   *
   * @throws StoreException CORRUPT when digest or size differ
   */
  BlobInfo commit() throws IOException;

  /** Drops what was written, and closes. */
  void abort();

  @Override
  void close();
}
