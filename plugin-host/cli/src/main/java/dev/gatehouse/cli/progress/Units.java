package dev.gatehouse.cli.progress;

import java.time.Duration;
import java.util.Locale;

/** Amounts as people read them. */
public final class Units {
  private static final String[] SCALE = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};

  private Units() {}

  /**
   * Bytes in decimal units with two places, as BuildKit writes them: {@code 12.30MB}, {@code 17B}.
   */
  public static String bytes(long bytes) {
    double value = bytes;
    int unit = 0;
    while (Math.abs(value) >= 1000 && unit + 1 < SCALE.length) {
      value /= 1000;
      unit++;
    }
    return unit == 0 ? bytes + "B" : String.format(Locale.ROOT, "%.2f%s", value, SCALE[unit]);
  }

  /** Seconds with one place: {@code 8.2s}. */
  public static String seconds(Duration duration) {
    return String.format(Locale.ROOT, "%.1fs", duration.toNanos() / 1e9);
  }

  /** A duration for people: {@code 8.2s}, {@code 1m 05s}, {@code 2h 03m}. */
  public static String clock(Duration duration) {
    long s = duration.toSeconds();
    if (s < 60) {
      return seconds(duration);
    }
    if (s < 3600) {
      return String.format(Locale.ROOT, "%dm %02ds", s / 60, s % 60);
    }
    return String.format(Locale.ROOT, "%dh %02dm", s / 3600, s / 60 % 60);
  }
}
