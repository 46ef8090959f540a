package dev.gatehouse.solver.store.layer;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import org.jspecify.annotations.Nullable;

/**
 * Writes one gzip member, deflating blocks of 256 KiB on all processors.
 *
 * <p>Each block starts with the last 32 KiB of the one before as its dictionary and ends on a byte
 * boundary, so the blocks joined are one deflate stream, and its bytes do not depend on how many
 * processors worked. Blocks are written in order; at most a few are in flight, so memory stays
 * bounded and a slow sink slows the writer.
 */
final class ParallelGzipOutputStream extends OutputStream {
  private static final int BLOCK = 256 * 1024;
  private static final int WINDOW = 32 * 1024;
  private static final int PROCESSORS = Runtime.getRuntime().availableProcessors();

  /**
   * Deflating is native and long: it would hold a carrier of virtual threads, so it has threads of
   * its own.
   */
  private static final ExecutorService DEFLATERS =
      Executors.newFixedThreadPool(
          PROCESSORS, Thread.ofPlatform().daemon().name("deflate-", 0).factory());

  private final OutputStream out;
  private final int level;
  private final CRC32 crc = new CRC32();
  private final ArrayDeque<Future<byte[]>> inFlight = new ArrayDeque<>();
  private byte[] block = new byte[BLOCK];
  private int filled;
  private byte @Nullable [] previous;
  private long size;
  private boolean closed;

  ParallelGzipOutputStream(OutputStream out, int level) throws IOException {
    this.out = out;
    this.level = level;
    out.write(new byte[] {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, (byte) 0xff});
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    crc.update(bytes, offset, length);
    size += length;
    int at = offset;
    int left = length;
    while (left > 0) {
      if (filled == BLOCK) {
        submit(false);
      }
      int n = Math.min(left, BLOCK - filled);
      System.arraycopy(bytes, at, block, filled, n);
      filled += n;
      at += n;
      left -= n;
    }
  }

  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    try (out) {
      submit(true);
      while (!inFlight.isEmpty()) {
        writeOldest();
      }
      long check = crc.getValue();
      out.write(
          new byte[] {
            (byte) check, (byte) (check >> 8), (byte) (check >> 16), (byte) (check >> 24),
            (byte) size, (byte) (size >> 8), (byte) (size >> 16), (byte) (size >> 24)
          });
    } finally {
      inFlight.forEach(f -> f.cancel(false));
      inFlight.clear();
    }
  }

  private void submit(boolean last) throws IOException {
    byte[] data = block;
    int length = filled;
    byte[] before = previous;
    inFlight.add(DEFLATERS.submit(() -> deflate(data, length, before, level, last)));
    previous = data;
    block = new byte[BLOCK];
    filled = 0;
    while (inFlight.size() > PROCESSORS + 1) {
      writeOldest();
    }
  }

  private void writeOldest() throws IOException {
    try {
      out.write(inFlight.remove().get());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while compressing");
    } catch (ExecutionException e) {
      throw new IOException("compressing failed", e.getCause());
    }
  }

  private static byte[] deflate(
      byte[] data, int length, byte @Nullable [] before, int level, boolean last) {
    Deflater deflater = new Deflater(level, true);
    try {
      if (before != null) {
        deflater.setDictionary(before, BLOCK - WINDOW, WINDOW);
      }
      deflater.setInput(data, 0, length);
      if (last) {
        deflater.finish();
      }
      ByteArrayOutputStream result = new ByteArrayOutputStream(length / 2 + 64);
      byte[] buffer = new byte[64 * 1024];
      while (true) {
        int n =
            deflater.deflate(
                buffer, 0, buffer.length, last ? Deflater.NO_FLUSH : Deflater.SYNC_FLUSH);
        result.write(buffer, 0, n);
        if (last ? deflater.finished() : n < buffer.length) {
          return result.toByteArray();
        }
      }
    } finally {
      deflater.end();
    }
  }
}
