package dev.gatehouse.daemon.config;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An amount of disk: a number of bytes or a percentage of the file system, exactly one of them
 * non-zero (both zero: not set).
 *
 * <p>Text forms are those of BuildKit: {@code 20} (bytes), {@code "10GB"}, {@code "1.5g"}, {@code
 * "512MiB"} (all units are powers of 1024), {@code "80%"}.
 */
public record DiskSpace(long bytes, long percentage) {
  public static final DiskSpace UNSET = new DiskSpace(0, 0);

  private static final Pattern SIZE = Pattern.compile("(\\d+(?:\\.\\d+)?) ?([kmgtp]?)(?:i?b)?");
  private static final long FALLBACK = 2_000_000_000L;

  public DiskSpace {
    if (bytes != 0 && percentage != 0) {
      throw new IllegalArgumentException("disk space is either bytes or a percentage");
    }
    if (bytes < 0 || percentage < 0) {
      throw new IllegalArgumentException("disk space cannot be negative");
    }
  }

  public static DiskSpace ofBytes(long bytes) {
    return new DiskSpace(bytes, 0);
  }

  public static DiskSpace ofPercentage(long percentage) {
    return new DiskSpace(0, percentage);
  }

  /**
   * @throws IllegalArgumentException if the text is no size
   */
  public static DiskSpace parse(String text) {
    if (text.isEmpty()) {
      return UNSET;
    }
    if (text.endsWith("%")) {
      try {
        return ofPercentage(Long.parseLong(text.substring(0, text.length() - 1)));
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException("invalid disk space " + text, e);
      }
    }
    Matcher m = SIZE.matcher(text.toLowerCase(Locale.ROOT));
    if (!m.matches()) {
      throw new IllegalArgumentException("invalid disk space " + text);
    }
    int exponent = m.group(2).isEmpty() ? 0 : "kmgtp".indexOf(m.group(2)) + 1;
    return ofBytes((long) (Double.parseDouble(m.group(1)) * Math.pow(1024, exponent)));
  }

  public boolean isSet() {
    return bytes != 0 || percentage != 0;
  }

  /**
   * The bytes meant on a file system of {@code total} bytes; 0 where not set. Percentages are
   * rounded up to whole gigabytes, as BuildKit does.
   */
  public long toBytes(long total) {
    if (bytes != 0 || percentage == 0) {
      return bytes;
    }
    if (total == 0) {
      return FALLBACK;
    }
    long share = total / 100 * percentage + total % 100 * percentage / 100;
    return (share / (1L << 30) + 1) * 1_000_000_000L;
  }
}
