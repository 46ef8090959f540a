package dev.gatehouse.frontend.kit;

import dev.gatehouse.llb.LinuxResources;
import dev.gatehouse.llb.State;
import java.util.Map;
import java.util.Set;
import java.util.function.LongPredicate;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** Reads the options that limit processor, memory and processes. */
final class ResourceOptions {
  /** The highest number of a processor or memory node. */
  private static final int MAX_CPU = 8192;

  private static final Set<String> ULIMITS =
      Set.of(
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

  private ResourceOptions() {}

  static @Nullable LinuxResources read(Map<String, String> options) {
    LinuxResources resources =
        new LinuxResources(
            number(options, "memory", GoValues::parseLong, n -> n > 0, "must be > 0"),
            number(
                options,
                "memswap",
                GoValues::parseLong,
                n -> n == -1 || n > 0,
                "must be -1 (unlimited) or > 0"),
            number(options, "cpushares", GoValues::parseUnsigned, n -> n != 0, "must be > 0"),
            number(options, "cpuperiod", GoValues::parseUnsigned, n -> n != 0, "must be > 0"),
            number(options, "cpuquota", GoValues::parseLong, n -> n > 0, "must be > 0"),
            set(options, "cpusetcpus"),
            set(options, "cpusetmems"));
    return resources.equals(new LinuxResources(0, 0, 0, 0, 0, "", "")) ? null : resources;
  }

  private static long number(
      Map<String, String> options,
      String key,
      ToLongFunction<String> read,
      LongPredicate valid,
      String rule) {
    String text = options.getOrDefault(key, "");
    if (text.isEmpty()) {
      return 0;
    }
    long value;
    try {
      value = read.applyAsLong(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "invalid " + key + " value: " + text + ": " + e.getMessage(), e);
    }
    if (!valid.test(value)) {
      throw new IllegalArgumentException("invalid " + key + " value: " + text + ": " + rule);
    }
    return value;
  }

  private static String set(Map<String, String> options, String key) {
    String text = options.getOrDefault(key, "");
    for (String part : text.split(",", -1)) {
      String element = part.strip();
      if (element.isEmpty()) {
        continue;
      }
      String prefix = "invalid " + key + " value: " + text + ": ";
      int dash = element.indexOf('-');
      int low = index(dash < 0 ? element : element.substring(0, dash).strip());
      int high = dash < 0 ? low : index(element.substring(dash + 1).strip());
      String what = dash < 0 ? "element" : "range";
      if (low < 0 || high < low) {
        throw new IllegalArgumentException(
            prefix + "invalid cpuset " + what + " " + GoValues.quote(element));
      }
      if (high > MAX_CPU) {
        throw new IllegalArgumentException(
            prefix
                + "cpuset "
                + what
                + " "
                + GoValues.quote(element)
                + " exceeds maximum "
                + MAX_CPU);
      }
    }
    return text;
  }

  private static int index(String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  static State.Ulimit ulimit(String text) {
    int equals = text.indexOf('=');
    if (equals < 0) {
      throw new IllegalArgumentException("invalid ulimit argument: " + text);
    }
    String name = text.substring(0, equals);
    if (!ULIMITS.contains(name)) {
      throw new IllegalArgumentException("invalid ulimit type: " + name);
    }
    String value = text.substring(equals + 1);
    String[] limits = value.split(":", -1);
    if (limits.length > 2) {
      throw new IllegalArgumentException(
          "too many limit value arguments - " + value + ", can only have up to two, `soft[:hard]`");
    }
    long hard = limits.length == 2 ? GoValues.parseLong(limits[1]) : 0;
    long soft = GoValues.parseLong(limits[0]);
    if (limits.length == 1) {
      hard = soft;
    }
    if (hard != -1 && (soft == -1 || soft > hard)) {
      throw new IllegalArgumentException(
          "ulimit soft limit must be less than or equal to hard limit: "
              + (soft == -1 ? "soft: -1 (unlimited), hard: " + hard : soft + " > " + hard));
    }
    return new State.Ulimit(name, soft, hard);
  }
}
