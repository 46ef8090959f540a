package dev.gatehouse.solver.exec;

import java.io.IOException;

/** Receives the output of a process in chunks, in order, from one thread at a time. */
@FunctionalInterface
public interface OutputSink {
  /** Discards everything. */
  OutputSink DISCARD = (data, offset, length) -> {};

  /**
   * Takes a chunk. The array is reused after the call. A failure stops nothing: the process's
   * further output of this stream is discarded.
   */
  void write(byte[] data, int offset, int length) throws IOException;
}
