package dev.gatehouse.solver.store.layer;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import java.util.zip.ZipException;

/**
 * Reads gzip (RFC 1952), all members as one stream.
 *
 * <p>The JDK's own asks {@code available()} whether another member follows, and so silently loses
 * the rest of a blob that arrives slowly. This one reads until the end and refuses what is no
 * member.
 */
final class GzipInputStream extends InputStream {
  private final PushbackInputStream in;
  private final Inflater inflater = new Inflater(true);
  private final CRC32 crc = new CRC32();
  private final byte[] input = new byte[64 * 1024];
  private int inputLength;
  private boolean ended;

  GzipInputStream(InputStream in) throws IOException {
    this.in = new PushbackInputStream(in, input.length);
    if (!readHeader()) {
      throw new EOFException("empty gzip stream");
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    while (!ended) {
      try {
        int n = inflater.inflate(bytes, offset, length);
        if (n > 0) {
          crc.update(bytes, offset, n);
          return n;
        }
      } catch (DataFormatException e) {
        throw new ZipException("damaged gzip data: " + e.getMessage());
      }
      if (inflater.finished()) {
        endMember();
      } else if (inflater.needsDictionary()) {
        throw new ZipException("damaged gzip data: preset dictionary");
      } else {
        inputLength = in.read(input, 0, input.length);
        if (inputLength < 0) {
          throw new EOFException("gzip stream ends early");
        }
        inflater.setInput(input, 0, inputLength);
      }
    }
    return -1;
  }

  private void endMember() throws IOException {
    int rest = inflater.getRemaining();
    in.unread(input, inputLength - rest, rest);
    long expectedCrc = readInt();
    long expectedSize = readInt();
    if (expectedCrc != crc.getValue()
        || expectedSize != (inflater.getBytesWritten() & 0xffffffffL)) {
      throw new ZipException("damaged gzip data: checksum mismatch");
    }
    inflater.reset();
    crc.reset();
    ended = !readHeader();
  }

  private boolean readHeader() throws IOException {
    int first = in.read();
    if (first < 0) {
      return false;
    }
    if (first != 0x1f || readByte() != 0x8b || readByte() != 8) {
      throw new ZipException("not gzip data");
    }
    int flags = readByte();
    in.skipNBytes(6);
    if ((flags & 4) != 0) {
      int low = readByte();
      in.skipNBytes(low | readByte() << 8);
    }
    if ((flags & 8) != 0) {
      skipString();
    }
    if ((flags & 16) != 0) {
      skipString();
    }
    if ((flags & 2) != 0) {
      in.skipNBytes(2);
    }
    return true;
  }

  private void skipString() throws IOException {
    while (readByte() != 0) {}
  }

  private int readByte() throws IOException {
    int b = in.read();
    if (b < 0) {
      throw new EOFException("gzip stream ends early");
    }
    return b;
  }

  private long readInt() throws IOException {
    return readByte() | readByte() << 8 | readByte() << 16 | (long) readByte() << 24;
  }

  @Override
  public void close() throws IOException {
    inflater.end();
    ended = true;
    in.close();
  }
}
