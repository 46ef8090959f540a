package dev.gatehouse.solver.exec;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * Passes on one stream of a step's log until it is too long or comes too fast, as BuildKit does: 2
 * MiB in all, 200 KiB for each second begun. What is clipped is marked once; its last 256 KiB are
 * kept and passed on by {@link #flushTail} when the step has failed.
 *
 * <p>The environment variables {@code BUILDKIT_STEP_LOG_MAX_SIZE} and {@code
 * BUILDKIT_STEP_LOG_MAX_SPEED}, in bytes, replace the limits; -1 lifts one.
 */
public final class ClippedLog implements OutputSink {
  static final int TAIL = 256 * 1024;
  private static final long UNLIMITED = -1;
  private static final long MAX_SIZE = setting("BUILDKIT_STEP_LOG_MAX_SIZE", 2 * 1024 * 1024);
  private static final long MAX_SPEED = setting("BUILDKIT_STEP_LOG_MAX_SPEED", 200 * 1024);

  private final OutputSink target;
  private final long maxSize;
  private final long maxSpeed;
  private final LongSupplier nanoTime;
  private final long created;

  // Guarded by this.
  private long size;
  private boolean clipping;
  private byte[] tail = new byte[0];
  private int tailEnd;
  private boolean tailFull;

  /** Clips what goes to the target; the clock of the speed limit starts now. */
  public ClippedLog(OutputSink target) {
    this(target, MAX_SIZE, MAX_SPEED, System::nanoTime);
  }

  ClippedLog(OutputSink target, long maxSize, long maxSpeed, LongSupplier nanoTime) {
    this.target = target;
    this.maxSize = maxSize;
    this.maxSpeed = maxSpeed;
    this.nanoTime = nanoTime;
    this.created = nanoTime.getAsLong();
  }

  private static long setting(String name, long byDefault) {
    String value = System.getenv(name);
    if (value == null || !value.matches("-?[0-9]{1,10}")) {
      return byDefault;
    }
    return Long.parseLong(value);
  }

  @Override
  public synchronized void write(byte[] data, int offset, int length) throws IOException {
    long before = size;
    size += length;
    long limit = UNLIMITED;
    boolean bySpeed = false;
    if (maxSpeed != UNLIMITED) {
      double seconds = (nanoTime.getAsLong() - created) / 1e9;
      limit = (long) Math.ceil(seconds) * maxSpeed;
      bySpeed = true;
    }
    if (limit == UNLIMITED || (maxSize != UNLIMITED && limit > maxSize)) {
      limit = maxSize;
      bySpeed = false;
    }
    int pass = length;
    if (limit != UNLIMITED && size > limit) {
      pass = (int) Math.max(0, limit - before);
    }
    if (pass < length || tail.length > 0) {
      keep(data, offset, length);
    }
    if (pass > 0) {
      target.write(data, offset, pass);
    }
    if (pass == length) {
      clipping = false;
    } else if (!clipping) {
      clipping = true;
      String reached = bySpeed ? bytes(maxSpeed) + "/s" : bytes(maxSize);
      byte[] mark =
          ("\n[output clipped, log limit " + reached + " reached]\n")
              .getBytes(StandardCharsets.UTF_8);
      target.write(mark, 0, mark.length);
    }
  }

  private void keep(byte[] data, int offset, int length) {
    if (tail.length == 0) {
      tail = new byte[TAIL];
    }
    int from = offset;
    int left = length;
    if (left > TAIL) {
      from += left - TAIL;
      left = TAIL;
    }
    int first = Math.min(left, TAIL - tailEnd);
    System.arraycopy(data, from, tail, tailEnd, first);
    System.arraycopy(data, from + first, tail, 0, left - first);
    tailFull |= tailEnd + left >= TAIL;
    tailEnd = (tailEnd + left) % TAIL;
  }

  /** Passes on the last of what was clipped. */
  public synchronized void flushTail() throws IOException {
    if (tailFull) {
      target.write(tail, tailEnd, TAIL - tailEnd);
    }
    if (tailEnd > 0) {
      target.write(tail, 0, tailEnd);
    }
    tail = new byte[0];
    tailEnd = 0;
    tailFull = false;
  }

  private static String bytes(long count) {
    double value = count;
    String unit = "B";
    for (String next : new String[] {"KiB", "MiB", "GiB"}) {
      if (value < 1024) {
        break;
      }
      value /= 1024;
      unit = next;
    }
    return value == Math.rint(value)
        ? String.format(Locale.ROOT, "%.0f%s", value, unit)
        : String.format(Locale.ROOT, "%.4g%s", value, unit);
  }
}
