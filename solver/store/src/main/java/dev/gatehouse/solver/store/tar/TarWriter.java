package dev.gatehouse.solver.store.tar;

import dev.gatehouse.solver.linux.FileNames;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Writes a POSIX.1-2001 (PAX) tar archive whose bytes depend on nothing but the entries and their
 * content.
 *
 * <p>What fits a USTAR header stands there; what does not (names over 100 bytes or outside ASCII,
 * ids over 2097151, sizes over 8 GiB, times with a fraction or before 1970, extended attributes as
 * {@code SCHILY.xattr.*}) stands in an extended header before it, records sorted by key. These are
 * the choices of Go's {@code archive/tar}, so layers made of the same entries have the digests that
 * other builders give them.
 *
 * <p>Content follows its entry through {@link #write}; exactly {@link TarEntry#size} bytes must be
 * written before the next entry. {@link #close} writes the end of the archive and closes the stream
 * below. Not for several threads.
 */
public final class TarWriter extends OutputStream {
  static final int BLOCK = 512;
  private static final int COPY_BUFFER = 128 * 1024;
  private static final byte[] ZEROS = new byte[2 * BLOCK];

  private final OutputStream out;
  private final byte[] block = new byte[BLOCK];
  private byte @Nullable [] copyBuffer;
  private String current = "";
  private long remaining;
  private int padding;
  private boolean closed;

  public TarWriter(OutputStream out) {
    this.out = out;
  }

  /**
   * Begins an entry.
   *
   * @throws TarException if the entry before lacks content, or the format cannot hold this one
   */
  public void begin(TarEntry entry) throws IOException {
    finishEntry();
    Header header = new Header(entry);
    if (!header.records.isEmpty()) {
      writeExtendedHeader(entry.name(), header.records);
    }
    header.fill(block);
    out.write(block);
    current = entry.name();
    remaining = entry.size();
    padding = (int) (-entry.size() & (BLOCK - 1));
  }

  /**
   * Writes an entry with its content.
   *
   * @throws TarException if the stream ends before {@link TarEntry#size} bytes; a longer stream is
   *     read no further
   */
  public void add(TarEntry entry, InputStream content) throws IOException {
    begin(entry);
    byte[] buffer = copyBuffer;
    if (buffer == null) {
      buffer = copyBuffer = new byte[COPY_BUFFER];
    }
    while (remaining > 0) {
      int n = content.read(buffer, 0, (int) Math.min(buffer.length, remaining));
      if (n < 0) {
        throw new TarException(current + ": content ends " + remaining + " bytes early");
      }
      write(buffer, 0, n);
    }
  }

  /** Writes an entry with its content; the size is that of the array. */
  public void add(TarEntry entry, byte[] content) throws IOException {
    begin(entry.size() == content.length ? entry : entry.toBuilder().size(content.length).build());
    write(content, 0, content.length);
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  /** Writes content of the entry begun last. */
  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    if (length > remaining) {
      throw new TarException(current + ": more content than its size");
    }
    out.write(bytes, offset, length);
    remaining -= length;
  }

  @Override
  public void flush() throws IOException {
    out.flush();
  }

  /** Ends the archive and closes the stream below; an entry that lacks content is an error. */
  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    try (out) {
      finishEntry();
      out.write(ZEROS, 0, 2 * BLOCK);
    }
  }

  private void finishEntry() throws IOException {
    if (remaining > 0) {
      throw new TarException(current + ": content is " + remaining + " bytes short");
    }
    out.write(ZEROS, 0, padding);
    padding = 0;
  }

  private void writeExtendedHeader(String name, TreeMap<String, byte[]> records)
      throws IOException {
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    for (Map.Entry<String, byte[]> r : records.entrySet()) {
      byte[] key = FileNames.encode(r.getKey());
      int length = key.length + r.getValue().length + 3; // space, '=', newline
      int total = length + digits(length);
      if (digits(total) > digits(length)) {
        total = length + digits(total);
      }
      data.write(Integer.toString(total).getBytes(StandardCharsets.US_ASCII));
      data.write(' ');
      data.write(key);
      data.write('=');
      data.write(r.getValue());
      data.write('\n');
    }
    if (data.size() > TarReader.MAX_EXTENDED_HEADER) {
      throw new TarException(
          name + ": extended attributes exceed " + TarReader.MAX_EXTENDED_HEADER + " bytes");
    }
    java.util.Arrays.fill(block, (byte) 0);
    Header.string(block, 0, 100, toAscii(paxHeaderName(name)));
    block[156] = 'x';
    Header.octal(block, 100, 8, 0);
    Header.octal(block, 108, 8, 0);
    Header.octal(block, 116, 8, 0);
    Header.octal(block, 124, 12, data.size());
    Header.octal(block, 136, 12, 0);
    Header.finish(block);
    out.write(block);
    data.writeTo(out);
    out.write(ZEROS, 0, -data.size() & (BLOCK - 1));
  }

  private static int digits(int n) {
    return Integer.toString(n).length();
  }

  /** {@code dir/PaxHeaders.0/base} of the cleaned name. */
  private static String paxHeaderName(String name) {
    String clean = clean(name);
    int slash = clean.lastIndexOf('/');
    String dir = slash < 0 ? "" : clean.substring(0, slash + 1);
    String full = dir + "PaxHeaders.0/" + clean.substring(slash + 1);
    full = full.length() > 100 ? full.substring(0, 100) : full;
    while (full.endsWith("/")) {
      full = full.substring(0, full.length() - 1);
    }
    return full;
  }

  private static String clean(String name) {
    int end = name.length();
    while (end > 1 && name.charAt(end - 1) == '/') {
      end--;
    }
    return name.substring(0, end);
  }

  private static String toAscii(String s) {
    StringBuilder b = new StringBuilder(s.length());
    s.chars().filter(c -> c > 0 && c < 0x80).forEach(c -> b.append((char) c));
    return b.toString();
  }

  /** The header block of an entry, and the records that do not fit it. */
  private static final class Header {
    final TreeMap<String, byte[]> records = new TreeMap<>();
    private final TarEntry entry;

    Header(TarEntry entry) throws TarException {
      this.entry = entry;
      text("path", entry.name(), 100);
      text("linkpath", entry.linkName(), 100);
      text("uname", entry.userName(), 32);
      text("gname", entry.groupName(), 32);
      number("uid", entry.uid(), 8);
      number("gid", entry.gid(), 8);
      number("size", entry.size(), 12);
      Instant time = entry.modified();
      if (time.getNano() != 0 || time.getEpochSecond() < 0 || !fits(time.getEpochSecond(), 12)) {
        records.put("mtime", ascii(paxTime(time)));
      }
      if (!fits(entry.deviceMajor(), 8) || !fits(entry.deviceMinor(), 8)) {
        throw new TarException(entry.name() + ": device number too large for tar");
      }
      for (Map.Entry<String, byte[]> x : entry.xattrs().entrySet()) {
        if (x.getKey().isEmpty() || x.getKey().indexOf('=') >= 0 || x.getKey().indexOf('\0') >= 0) {
          throw new TarException(
              entry.name() + ": extended attribute name cannot stand in tar: " + x.getKey());
        }
        records.put("SCHILY.xattr." + x.getKey(), x.getValue());
      }
    }

    private void text(String key, String value, int width) {
      byte[] bytes = FileNames.encode(value);
      if (bytes.length > width || bytes.length != value.length() || !isAscii(bytes)) {
        records.put(key, bytes);
      }
    }

    private void number(String key, long value, int width) {
      if (!fits(value, width)) {
        records.put(key, ascii(Long.toString(value)));
      }
    }

    private static boolean isAscii(byte[] bytes) {
      for (byte b : bytes) {
        if (b < 0) {
          return false;
        }
      }
      return true;
    }

    private static byte[] ascii(String s) {
      return s.getBytes(StandardCharsets.US_ASCII);
    }

    private static String paxTime(Instant t) {
      long seconds = t.getEpochSecond();
      int nanos = t.getNano();
      if (nanos == 0) {
        return Long.toString(seconds);
      }
      String sign = "";
      if (seconds < 0) {
        sign = "-";
        seconds = -(seconds + 1);
        nanos = 1_000_000_000 - nanos;
      }
      String fraction = String.format(java.util.Locale.ROOT, "%09d", nanos).replaceAll("0+$", "");
      return sign + seconds + "." + fraction;
    }

    private static boolean fits(long value, int width) {
      return value >= 0 && value < 1L << (3 * (width - 1));
    }

    void fill(byte[] b) {
      java.util.Arrays.fill(b, (byte) 0);
      string(b, 0, 100, toAscii(entry.name()));
      octal(b, 100, 8, entry.mode());
      octal(b, 108, 8, entry.uid());
      octal(b, 116, 8, entry.gid());
      octal(b, 124, 12, entry.size());
      octal(b, 136, 12, entry.modified().getEpochSecond());
      b[156] = (byte) entry.type().flag;
      string(b, 157, 100, toAscii(entry.linkName()));
      string(b, 265, 32, toAscii(entry.userName()));
      string(b, 297, 32, toAscii(entry.groupName()));
      octal(b, 329, 8, entry.deviceMajor());
      octal(b, 337, 8, entry.deviceMinor());
      finish(b);
    }

    static void finish(byte[] b) {
      byte[] magic = ascii("ustar\00000");
      System.arraycopy(magic, 0, b, 257, magic.length);
      java.util.Arrays.fill(b, 148, 156, (byte) ' ');
      int sum = 0;
      for (byte x : b) {
        sum += x & 0xff;
      }
      octal(b, 148, 7, sum);
      b[155] = ' ';
    }

    /**
     * Copies what fits; a cut name loses a trailing slash, which some readers would take for a
     * directory.
     */
    static void string(byte[] b, int offset, int width, String s) {
      byte[] bytes = ascii(s);
      int n = Math.min(width, bytes.length);
      System.arraycopy(bytes, 0, b, offset, n);
      if (bytes.length > width) {
        for (int i = width - 1; i >= 0 && b[offset + i] == '/'; i--) {
          b[offset + i] = 0;
        }
      }
    }

    /**
     * Zero-padded octal and a NUL; a number that does not fit (it has a record) is written as 0.
     */
    static void octal(byte[] b, int offset, int width, long value) {
      long v = fits(value, width) ? value : 0;
      for (int i = offset + width - 2; i >= offset; i--) {
        b[i] = (byte) ('0' + (v & 7));
        v >>>= 3;
      }
      b[offset + width - 1] = 0;
    }
  }
}
