package dev.gatehouse.solver.store.tar;

import dev.gatehouse.solver.linux.FileNames;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads a tar archive, an entry at a time: v7, USTAR, PAX (POSIX.1-2001) and GNU with long names
 * and large numbers.
 *
 * <p>As an {@link InputStream} it is the content of the entry that {@link #next} returned last, and
 * ends with it. PAX global headers are skipped, as container tools do. Sparse files, multi-volume
 * archives and anything else that does not reduce to a {@link TarEntry} is a {@link TarException}:
 * content is never guessed. Not for several threads.
 */
public final class TarReader extends InputStream {
  /** Largest extended header or long name, in bytes. */
  public static final int MAX_EXTENDED_HEADER = 1 << 20;

  private static final int BLOCK = TarWriter.BLOCK;

  private final InputStream in;
  private final byte[] block = new byte[BLOCK];
  private long remaining;
  private int padding;
  private boolean ended;

  public TarReader(InputStream in) {
    this.in = in;
  }

  /**
   * Skips what is left of the current entry and reads the next header.
   *
   * @return the entry, or null at the end of the archive
   * @throws TarException if the archive is malformed, truncated or uses a feature that is refused
   */
  public @Nullable TarEntry next() throws IOException {
    if (ended) {
      return null;
    }
    skipFully(remaining + padding);
    remaining = 0;
    padding = 0;
    Map<String, byte[]> records = new LinkedHashMap<>();
    String longName = null;
    String longLink = null;
    while (true) {
      if (!readBlock()) {
        if (!records.isEmpty() || longName != null || longLink != null) {
          throw new TarException("archive ends after an extended header");
        }
        ended = true;
        return null;
      }
      char flag = (char) (block[156] & 0xff);
      switch (flag) {
        case 'x' -> parseRecords(readSmall("extended header"), records);
        case 'g' -> readSmall("global header");
        case 'L' -> longName = untilNul(readSmall("long name"));
        case 'K' -> longLink = untilNul(readSmall("long link name"));
        default -> {
          return entry(flag, records, longName, longLink);
        }
      }
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  /** Reads content of the current entry; -1 at its end. */
  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (remaining == 0) {
      return -1;
    }
    int n = in.read(bytes, offset, (int) Math.min(length, remaining));
    if (n < 0) {
      throw new TarException("archive ends within a file's content");
    }
    remaining -= n;
    return n;
  }

  /** Bytes of the current entry that are still to be read, capped. */
  @Override
  public int available() {
    return (int) Math.min(Integer.MAX_VALUE, remaining);
  }

  @Override
  public void close() throws IOException {
    in.close();
  }

  private TarEntry entry(
      char flag, Map<String, byte[]> records, @Nullable String longName, @Nullable String longLink)
      throws TarException {
    boolean ustar = matches(257, "ustar\0");
    boolean gnu = matches(257, "ustar  \0");
    String name = field(0, 100);
    if (ustar) {
      String prefix = field(345, 155);
      if (!prefix.isEmpty()) {
        name = prefix + "/" + name;
      }
    }
    if (longName != null) {
      name = longName;
    }
    String link = longLink != null ? longLink : field(157, 100);
    name = text(records, "path", name);
    link = text(records, "linkpath", link);
    if (name.isEmpty()) {
      throw new TarException("entry without a name");
    }
    for (String key : records.keySet()) {
      if (key.startsWith("GNU.sparse.")) {
        throw new TarException(name + ": sparse files are not supported");
      }
    }
    TarEntry.Type type =
        switch (flag) {
          case '0', '\0', '7' ->
              name.endsWith("/") && flag != '7' ? TarEntry.Type.DIRECTORY : TarEntry.Type.FILE;
          case '1' -> TarEntry.Type.HARD_LINK;
          case '2' -> TarEntry.Type.SYMLINK;
          case '3' -> TarEntry.Type.CHARACTER_DEVICE;
          case '4' -> TarEntry.Type.BLOCK_DEVICE;
          case '5' -> TarEntry.Type.DIRECTORY;
          case '6' -> TarEntry.Type.FIFO;
          case 'S' -> throw new TarException(name + ": sparse files are not supported");
          default ->
              throw new TarException(
                  String.format(
                      java.util.Locale.ROOT,
                      "%s: unsupported entry type 0x%02x",
                      name,
                      (int) flag));
        };
    long size = count(records, "size", number(124, 12), name);
    boolean hasContent = type == TarEntry.Type.FILE;
    if (flag == '0' && type == TarEntry.Type.DIRECTORY && size > 0) {
      throw new TarException(name + ": a directory with content");
    }
    remaining = hasContent ? size : 0;
    padding = (int) (-remaining & (BLOCK - 1));
    TarEntry.Builder b =
        TarEntry.builder(name, type)
            .mode((int) number(100, 8) & 07777)
            .owner(
                count(records, "uid", number(108, 8), name),
                count(records, "gid", number(116, 8), name))
            .size(remaining)
            .modified(time(records.get("mtime"), number(136, 12), name));
    if (type == TarEntry.Type.HARD_LINK || type == TarEntry.Type.SYMLINK) {
      b.linkName(link);
    }
    if (ustar || gnu) {
      b.ownerNames(text(records, "uname", field(265, 32)), text(records, "gname", field(297, 32)));
      if (type == TarEntry.Type.CHARACTER_DEVICE || type == TarEntry.Type.BLOCK_DEVICE) {
        b.device(
            count(records, "SCHILY.devmajor", number(329, 8), name),
            count(records, "SCHILY.devminor", number(337, 8), name));
      }
    }
    for (Map.Entry<String, byte[]> r : records.entrySet()) {
      if (r.getKey().startsWith("SCHILY.xattr.")) {
        b.xattr(r.getKey().substring("SCHILY.xattr.".length()), r.getValue());
      }
    }
    try {
      return b.build();
    } catch (IllegalArgumentException e) {
      throw new TarException(name + ": " + e.getMessage());
    }
  }

  /** Reads a header; false at the end: two zero blocks, or a stream that stops between entries. */
  private boolean readBlock() throws IOException {
    int n = in.readNBytes(block, 0, BLOCK);
    if (n == 0) {
      return false;
    }
    if (n < BLOCK) {
      throw new TarException("archive ends within a header");
    }
    if (isZero()) {
      n = in.readNBytes(block, 0, BLOCK);
      if (n == 0 || n == BLOCK && isZero()) {
        return false;
      }
      throw new TarException("data after a zero block");
    }
    long expected = number(148, 8);
    long unsigned = 0;
    long signed = 0;
    for (int i = 0; i < BLOCK; i++) {
      byte b = i >= 148 && i < 156 ? (byte) ' ' : block[i];
      unsigned += b & 0xff;
      signed += b;
    }
    if (expected != unsigned && expected != signed) {
      throw new TarException("header checksum mismatch: not a tar archive, or damaged");
    }
    return true;
  }

  private boolean isZero() {
    for (byte b : block) {
      if (b != 0) {
        return false;
      }
    }
    return true;
  }

  private byte[] readSmall(String what) throws IOException {
    long size = number(124, 12);
    if (size < 0 || size > MAX_EXTENDED_HEADER) {
      throw new TarException(
          what + " of " + size + " bytes exceeds the limit of " + MAX_EXTENDED_HEADER);
    }
    byte[] data = in.readNBytes((int) size);
    if (data.length < size) {
      throw new TarException("archive ends within a " + what);
    }
    skipFully(-size & (BLOCK - 1));
    return data;
  }

  private void skipFully(long n) throws IOException {
    try {
      in.skipNBytes(n);
    } catch (EOFException e) {
      throw new TarException("archive ends within a file's content");
    }
  }

  static void parseRecords(byte[] data, Map<String, byte[]> into) throws TarException {
    int at = 0;
    while (at < data.length) {
      int space = at;
      int length = 0;
      while (space < data.length
          && data[space] >= '0'
          && data[space] <= '9'
          && length < MAX_EXTENDED_HEADER) {
        length = length * 10 + data[space++] - '0';
      }
      int end = at + length;
      if (space == at
          || space >= data.length
          || data[space] != ' '
          || length < space - at + 4
          || end > data.length
          || data[end - 1] != '\n') {
        throw new TarException("malformed extended header");
      }
      int equals = space + 1;
      while (equals < end && data[equals] != '=') {
        equals++;
      }
      if (equals >= end - 1 && data[end - 2] != '=' || equals == space + 1) {
        throw new TarException("malformed extended header");
      }
      String key = FileNames.decode(data, space + 1, equals - space - 1);
      byte[] value = Arrays.copyOfRange(data, equals + 1, end - 1);
      boolean xattr = key.startsWith("SCHILY.xattr.");
      if (key.indexOf('\0') >= 0 || !xattr && containsNul(value)) {
        throw new TarException("extended header " + key + " holds NUL");
      }
      if (value.length == 0 && !xattr) {
        into.remove(key);
      } else {
        into.put(key, value);
      }
      at = end;
    }
  }

  private static boolean containsNul(byte[] value) {
    for (byte b : value) {
      if (b == 0) {
        return true;
      }
    }
    return false;
  }

  private static String text(Map<String, byte[]> records, String key, String otherwise) {
    byte[] value = records.get(key);
    return value == null ? otherwise : FileNames.decode(value, 0, value.length);
  }

  private static long count(Map<String, byte[]> records, String key, long otherwise, String name)
      throws TarException {
    byte[] value = records.get(key);
    long n = otherwise;
    if (value != null) {
      try {
        n = Long.parseLong(new String(value, StandardCharsets.US_ASCII));
      } catch (NumberFormatException e) {
        throw new TarException(name + ": malformed " + key + " in extended header");
      }
    }
    if (n < 0) {
      throw new TarException(name + ": negative " + key);
    }
    return n;
  }

  private static Instant time(byte @Nullable [] record, long seconds, String name)
      throws TarException {
    try {
      if (record == null) {
        return Instant.ofEpochSecond(seconds);
      }
      if (record.length > 40) {
        throw new NumberFormatException();
      }
      String s = new String(record, StandardCharsets.US_ASCII);
      if (!s.matches("-?[0-9]+(\\.[0-9]*)?")) {
        throw new NumberFormatException();
      }
      BigDecimal t = new BigDecimal(s.endsWith(".") ? s + "0" : s).setScale(9, RoundingMode.FLOOR);
      BigInteger[] parts = t.unscaledValue().divideAndRemainder(BigInteger.valueOf(1_000_000_000));
      return Instant.ofEpochSecond(parts[0].longValueExact(), parts[1].longValueExact());
    } catch (NumberFormatException | ArithmeticException | DateTimeException e) {
      throw new TarException(name + ": malformed modification time");
    }
  }

  private String field(int offset, int width) {
    int end = offset;
    while (end < offset + width && block[end] != 0) {
      end++;
    }
    return FileNames.decode(block, offset, end - offset);
  }

  private static String untilNul(byte[] data) {
    int end = 0;
    while (end < data.length && data[end] != 0) {
      end++;
    }
    return FileNames.decode(data, 0, end);
  }

  private boolean matches(int offset, String magic) {
    for (int i = 0; i < magic.length(); i++) {
      if (block[offset + i] != magic.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /**
   * An octal field, padded with spaces or NULs, or GNU's base-256 (first bit set, two's
   * complement).
   */
  private long number(int offset, int width) throws TarException {
    if ((block[offset] & 0x80) != 0) {
      byte[] bytes = Arrays.copyOfRange(block, offset, offset + width);
      bytes[0] = (byte) ((bytes[0] & 0x40) != 0 ? bytes[0] : bytes[0] & 0x7f);
      try {
        return new BigInteger(bytes).longValueExact();
      } catch (ArithmeticException e) {
        throw new TarException("number in header out of range");
      }
    }
    int i = offset;
    int end = offset + width;
    while (i < end && (block[i] == ' ' || block[i] == 0)) {
      i++;
    }
    long value = 0;
    for (; i < end && block[i] != ' ' && block[i] != 0; i++) {
      int digit = block[i] - '0';
      if (digit < 0 || digit > 7) {
        throw new TarException("malformed number in header: not a tar archive, or damaged");
      }
      value = value << 3 | digit;
    }
    return value;
  }
}
