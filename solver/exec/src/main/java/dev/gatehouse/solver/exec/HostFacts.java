package dev.gatehouse.solver.exec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;

/**
 * What this process may do on this host, read once from /proc and /sys.
 *
 * @param uid effective user
 * @param capabilities effective capabilities by name
 * @param seccomp whether the kernel filters system calls
 * @param hardLimits this process's hard limits by their name in runtime specifications
 * @param oomScoreAdjust this process's own
 * @param cgroups which control groups there are, and whether they can be written
 * @param kernel its release, major and minor
 * @param architecture as Go names it
 */
record HostFacts(
    int uid,
    List<String> capabilities,
    boolean seccomp,
    Map<String, Long> hardLimits,
    int oomScoreAdjust,
    Cgroups cgroups,
    Kernel kernel,
    String architecture) {

  /** Limits without bound. */
  static final long UNLIMITED = -1;

  private static final Map<String, String> LIMIT_NAMES =
      Map.ofEntries(
          Map.entry("Max cpu time", "cpu"),
          Map.entry("Max file size", "fsize"),
          Map.entry("Max data size", "data"),
          Map.entry("Max stack size", "stack"),
          Map.entry("Max core file size", "core"),
          Map.entry("Max resident set", "rss"),
          Map.entry("Max processes", "nproc"),
          Map.entry("Max open files", "nofile"),
          Map.entry("Max locked memory", "memlock"),
          Map.entry("Max address space", "as"),
          Map.entry("Max file locks", "locks"),
          Map.entry("Max pending signals", "sigpending"),
          Map.entry("Max msgqueue size", "msgqueue"),
          Map.entry("Max nice priority", "nice"),
          Map.entry("Max realtime priority", "rtprio"),
          Map.entry("Max realtime timeout", "rttime"));

  /** The control groups of a host. */
  enum Cgroups {
    NONE,
    V1,
    V1_READONLY,
    V2,
    V2_READONLY;

    boolean writable() {
      return this == V1 || this == V2;
    }

    boolean unified() {
      return this == V2 || this == V2_READONLY;
    }
  }

  /** A kernel's version. */
  record Kernel(int major, int minor) implements Comparable<Kernel> {
    static Kernel parse(String release) {
      String[] parts = release.split("[^0-9]+", 3);
      if (parts.length < 2 || parts[0].isEmpty() || parts[1].isEmpty()) {
        throw new IllegalArgumentException("not a kernel version: " + release);
      }
      return new Kernel(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]));
    }

    @Override
    public int compareTo(Kernel other) {
      int byMajor = Integer.compare(major, other.major);
      return byMajor != 0 ? byMajor : Integer.compare(minor, other.minor);
    }
  }

  HostFacts {
    capabilities = List.copyOf(capabilities);
    hardLimits = Map.copyOf(hardLimits);
  }

  static HostFacts read() throws IOException {
    List<String> status = Files.readAllLines(Path.of("/proc/self/status"));
    long mask = 0;
    int uid = -1;
    boolean seccomp = false;
    for (String line : status) {
      if (line.startsWith("CapEff:")) {
        mask = Long.parseUnsignedLong(line.substring(7).strip(), 16);
      } else if (line.startsWith("Uid:")) {
        uid = Integer.parseInt(line.substring(4).strip().split("\\s+")[1]);
      } else if (line.startsWith("Seccomp:")) {
        seccomp = true;
      }
    }
    String release = Files.readString(Path.of("/proc/sys/kernel/osrelease")).strip();
    int oom = Integer.parseInt(Files.readString(Path.of("/proc/self/oom_score_adj")).strip());
    return new HostFacts(
        uid,
        Capabilities.ofMask(mask),
        seccomp,
        parseLimits(Files.readAllLines(Path.of("/proc/self/limits"))),
        oom,
        cgroups(Path.of("/sys/fs/cgroup")),
        Kernel.parse(release),
        goArchitecture(System.getProperty("os.arch")));
  }

  /** Hard limits out of the lines of /proc/self/limits. */
  static Map<String, Long> parseLimits(List<String> lines) {
    Map<String, Long> limits = new HashMap<>();
    for (String line : lines) {
      LIMIT_NAMES.forEach((text, name) -> {
        if (line.startsWith(text + " ")) {
          String[] columns = line.substring(text.length()).strip().split("\\s+");
          if (columns.length >= 2) {
            limits.put(
                name, columns[1].equals("unlimited") ? UNLIMITED : Long.parseLong(columns[1]));
          }
        }
      });
    }
    return limits;
  }

  static Cgroups cgroups(Path root) {
    if (Files.exists(root.resolve("cgroup.controllers"))) {
      return Files.isWritable(root) ? Cgroups.V2 : Cgroups.V2_READONLY;
    }
    boolean any = false;
    for (String controller : List.of("pids", "memory", "devices", "cpu")) {
      Path directory = root.resolve(controller);
      if (Files.exists(directory.resolve("cgroup.procs"))) {
        any = true;
        if (!Files.isWritable(directory)) {
          return Cgroups.V1_READONLY;
        }
      }
    }
    return any ? Cgroups.V1 : Cgroups.NONE;
  }

  private static String goArchitecture(String name) {
    return switch (name.toLowerCase(Locale.ROOT)) {
      case "amd64", "x86_64" -> "amd64";
      case "aarch64", "arm64" -> "arm64";
      case "x86", "i386", "i686" -> "386";
      default -> name;
    };
  }

  boolean may(String capability) {
    return capabilities.contains(capability);
  }

  /** The highest hard limit a process started here can have; empty when it is unbounded. */
  OptionalLong highest(String limit) {
    Long hard = hardLimits.get(limit);
    return hard == null || hard == UNLIMITED || may("CAP_SYS_RESOURCE")
        ? OptionalLong.empty()
        : OptionalLong.of(hard);
  }
}
