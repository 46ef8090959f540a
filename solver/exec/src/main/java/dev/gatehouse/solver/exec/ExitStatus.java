package dev.gatehouse.solver.exec;

import java.util.OptionalInt;

/**
 * How a process ended.
 *
 * @param code its exit code; 128 and the signal's number when a signal ended it, as a shell says it
 * @param outOfMemory whether the kernel killed a process of the container for want of memory
 */
public record ExitStatus(int code, boolean outOfMemory) {
  /** The code given when the real one could not be found out. */
  public static final int UNKNOWN = 255;

  public boolean isSuccess() {
    return code == 0;
  }

  /** The signal that presumably ended the process. */
  public OptionalInt signal() {
    return code > 128 && code <= 128 + 64 ? OptionalInt.of(code - 128) : OptionalInt.empty();
  }
}
