package dev.gatehouse.frontend.dockerfile.lower;

import dev.gatehouse.frontend.dockerfile.parse.DockerfileException;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/** The time of the youngest file in a tar archive, plain or compressed with gzip. */
final class ArchiveTime {
  private static final int BLOCK = 512;
  private static final int MAX_PAX = 1 << 20;
  private static final long MAX_BYTES = 8L << 30;

  private final InputStream in;
  private long read;

  private ArchiveTime(InputStream in) {
    this.in = in;
  }

  /**
   * The time of the youngest regular file.
   *
   * @return null if the file is no archive, or has no regular file
   * @throws DockerfileException if it is compressed in a way that cannot be read
   */
  static @Nullable Instant youngest(byte[] file) throws DockerfileException {
    if (startsWith(file, 0x42, 0x5a, 0x68)
        || startsWith(file, 0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00)
        || startsWith(file, 0x28, 0xb5, 0x2f, 0xfd)) {
      throw new DockerfileException(
              "SOURCE_DATE_EPOCH cannot be taken from an archive compressed with bzip2, xz or zstd")
          .withHint("use an archive compressed with gzip, or give the seconds as a number");
    }
    try (InputStream in = new ByteArrayInputStream(file)) {
      return new ArchiveTime(
              new BufferedInputStream(startsWith(file, 0x1f, 0x8b) ? new GZIPInputStream(in) : in))
          .youngest();
    } catch (IOException e) {
      // What cannot be read as an archive is none, and has no time.
      return null;
    }
  }

  private static boolean startsWith(byte[] file, int... magic) {
    if (file.length < magic.length) {
      return false;
    }
    for (int i = 0; i < magic.length; i++) {
      if ((file[i] & 0xff) != magic[i]) {
        return false;
      }
    }
    return true;
  }

  private @Nullable Instant youngest() throws IOException {
    Instant youngest = null;
    Instant exact = null;
    while (true) {
      byte[] header = in.readNBytes(BLOCK);
      if (header.length == 0 || isEmpty(header)) {
        return youngest;
      }
      if (header.length < BLOCK || !sumIsRight(header)) {
        throw new EOFException("not a tar archive");
      }
      long size = number(header, 124, 12);
      byte type = header[156];
      if (type == 'x') {
        exact = paxTime(size, exact);
        continue;
      }
      if (type == '0' || type == 0 || type == '7') {
        Instant time = exact != null ? exact : Instant.ofEpochSecond(number(header, 136, 12));
        if (youngest == null || time.isAfter(youngest)) {
          youngest = time;
        }
      }
      if (type != 'L' && type != 'K' && type != 'g') {
        exact = null;
      }
      skip(size);
    }
  }

  private @Nullable Instant paxTime(long size, @Nullable Instant known) throws IOException {
    if (size < 0 || size > MAX_PAX) {
      throw new IOException("extended header too large");
    }
    byte[] records = in.readNBytes((int) size);
    if (records.length < size) {
      throw new EOFException("archive is cut off");
    }
    in.skipNBytes(padding(size));
    Instant time = known;
    for (String line : new String(records, StandardCharsets.UTF_8).split("\n")) {
      int mark = line.indexOf(" mtime=");
      if (mark > 0) {
        try {
          BigDecimal seconds = new BigDecimal(line.substring(mark + " mtime=".length()));
          time = Instant.ofEpochSecond(seconds.longValue());
        } catch (NumberFormatException e) {
          throw new IOException("time of a file cannot be read", e);
        }
      }
    }
    return time;
  }

  private static boolean isEmpty(byte[] header) {
    for (byte b : header) {
      if (b != 0) {
        return false;
      }
    }
    return true;
  }

  private static boolean sumIsRight(byte[] header) throws IOException {
    long sum = 0;
    for (int i = 0; i < BLOCK; i++) {
      sum += i >= 148 && i < 156 ? ' ' : header[i] & 0xff;
    }
    return sum == number(header, 148, 8);
  }

  /** A number in octal digits or, with the highest bit set, in binary. */
  private static long number(byte[] header, int from, int length) throws IOException {
    if ((header[from] & 0x80) != 0) {
      long value = header[from] & 0x7f;
      for (int i = from + 1; i < from + length; i++) {
        value = value << 8 | header[i] & 0xff;
      }
      return value;
    }
    String digits =
        new String(header, from, length, StandardCharsets.ISO_8859_1).replace('\0', ' ').strip();
    if (digits.isEmpty()) {
      return 0;
    }
    if (!digits.matches("[0-7]{1,20}")) {
      throw new IOException("not a number in a tar header");
    }
    return Long.parseLong(digits, 8);
  }

  private static long padding(long size) {
    return (BLOCK - size % BLOCK) % BLOCK;
  }

  private void skip(long size) throws IOException {
    read += size;
    if (size < 0 || read > MAX_BYTES) {
      throw new IOException("archive too large");
    }
    in.skipNBytes(size + padding(size));
  }
}
