package dev.gatehouse.solver.exec;

import java.util.Locale;
import java.util.Set;

/**
 * A resource limit of a container's processes.
 *
 * @param name as in {@code ulimit} options of Docker, for example {@code nofile}
 * @param soft the limit; -1 is none
 * @param hard its upper bound; -1 is none
 */
public record Ulimit(String name, long soft, long hard) {
  private static final Set<String> NAMES =
      Set.of(
          "as",
          "core",
          "cpu",
          "data",
          "fsize",
          "locks",
          "memlock",
          "msgqueue",
          "nice",
          "nofile",
          "nproc",
          "rss",
          "rtprio",
          "rttime",
          "sigpending",
          "stack");

  public Ulimit {
    name = name.toLowerCase(Locale.ROOT);
    if (!NAMES.contains(name)) {
      throw new IllegalArgumentException("invalid ulimit type: " + name);
    }
    if (hard != -1 && (soft == -1 || soft > hard)) {
      throw new IllegalArgumentException(
          "ulimit soft limit must be less than or equal to hard limit: " + soft + " > " + hard);
    }
  }
}
