package dev.gatehouse.solver.exec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;

/**
 * Whether the kernel has killed processes for want of memory. It is counted for the whole host: a
 * container's control group, which counts its own, is gone with it.
 */
final class OutOfMemory {
  private static final Path COUNTERS = Path.of("/proc/vmstat");

  private OutOfMemory() {}

  /** Starts watching; the answer is whether the count has grown since. */
  static BooleanSupplier watch() {
    OptionalLong before = count();
    return () -> {
      OptionalLong now = count();
      return before.isPresent() && now.isPresent() && now.getAsLong() > before.getAsLong();
    };
  }

  private static OptionalLong count() {
    try {
      for (String line : Files.readAllLines(COUNTERS)) {
        if (line.startsWith("oom_kill ")) {
          return OptionalLong.of(Long.parseLong(line.substring("oom_kill ".length()).strip()));
        }
      }
    } catch (IOException e) {
      return OptionalLong.empty(); // not told on this kernel
    }
    return OptionalLong.empty();
  }
}
