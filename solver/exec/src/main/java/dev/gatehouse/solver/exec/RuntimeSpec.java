package dev.gatehouse.solver.exec;

import dev.gatehouse.solver.store.Mount;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;
import tools.jackson.databind.json.JsonMapper;

/**
 * The {@code config.json} of a container, as the OCI runtime specification 1.0 defines it. Its
 * defaults are those of BuildKit's containers: containerd's default specification with the default
 * seccomp profile, without a tmpfs on {@code /run}.
 */
final class RuntimeSpec {
  private static final JsonMapper JSON = new JsonMapper();
  private static final SeccompProfile SECCOMP = SeccompProfile.load();

  /** Bytes of overlay options that fit into a page beside what a runtime adds. */
  static final int MAX_MOUNT_OPTIONS = 4096 - 512;

  /** Open files of a process that asked for no limit: a bound that no program scans for long. */
  private static final long MAX_OPEN_FILES = 1 << 20;

  private static final List<String> MASKED =
      List.of(
          "/proc/acpi",
          "/proc/asound",
          "/proc/kcore",
          "/proc/keys",
          "/proc/latency_stats",
          "/proc/timer_list",
          "/proc/timer_stats",
          "/proc/sched_debug",
          "/sys/firmware",
          "/sys/devices/virtual/powercap",
          "/proc/scsi");

  private static final List<String> READONLY =
      List.of("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger");

  /** A node below /dev that a container with all rights gets besides the usual ones. */
  private record Device(String path, String type, int major, int minor) {}

  private static final List<Device> INSECURE_DEVICES =
      Stream.concat(
              Stream.of(
                  new Device("/dev/kmsg", "c", 1, 11),
                  new Device("/dev/cuse", "c", 10, 203),
                  new Device("/dev/fuse", "c", 10, 229),
                  new Device("/dev/kvm", "c", 10, 232),
                  new Device("/dev/net/tun", "c", 10, 200),
                  new Device("/dev/loop-control", "c", 10, 237)),
              Stream.iterate(0, i -> i + 1)
                  .limit(8)
                  .map(i -> new Device("/dev/loop" + i, "b", 7, i)))
          .toList();

  /** One mount of the specification; {@code mount} says what, this says where. */
  record Placed(String destination, Mount mount) {
    static Placed of(String destination, String type, String source, String... options) {
      return new Placed(destination, new Mount(type, source, List.of(options)));
    }
  }

  private final HostFacts host;
  private final ContainerSpec spec;
  private final NetworkMode network;
  private final List<String> warnings = new ArrayList<>();

  /**
   * @param network resolved: never {@code DEFAULT}
   */
  RuntimeSpec(HostFacts host, ContainerSpec spec, NetworkMode network) {
    this.host = host;
    this.spec = spec;
    this.network = network;
  }

  /** What could not be met in full; complete once the specification was made. */
  List<String> warnings() {
    return List.copyOf(warnings);
  }

  /**
   * The whole specification.
   *
   * @param root directory of the root filesystem
   * @param identity of the first process
   * @param mounts besides the default ones, in their order
   * @param cgroup path of its control group
   */
  Map<String, Object> container(
      String root,
      Users.Identity identity,
      List<Placed> mounts,
      String cgroup,
      ContainerRuntimeOptions options) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("ociVersion", "1.0.2");
    json.put("process", process(spec.process(), identity, options));
    Map<String, Object> rootfs = new LinkedHashMap<>();
    rootfs.put("path", root);
    if (spec.readonlyRoot()) {
      rootfs.put("readonly", true);
    }
    json.put("root", rootfs);
    json.put("hostname", hostname());
    json.put("mounts", mounts(mounts).stream().map(RuntimeSpec::mount).toList());
    json.put("linux", linux(cgroup));
    return json;
  }

  String hostname() {
    return spec.hostname().isEmpty() ? ContainerSpec.DEFAULT_HOSTNAME : spec.hostname();
  }

  /** The {@code process} object, for the first process and for further ones. */
  Map<String, Object> process(
      ProcessSpec process, Users.Identity identity, ContainerRuntimeOptions options) {
    Map<String, Object> json = new LinkedHashMap<>();
    if (process.terminal()) {
      json.put("terminal", true);
    }
    Map<String, Object> user = new LinkedHashMap<>();
    user.put("uid", identity.uid());
    user.put("gid", identity.gid());
    user.put("additionalGids", identity.groups());
    json.put("user", user);
    json.put("args", process.args());
    json.put("env", process.env());
    json.put("cwd", process.cwd());
    json.put("capabilities", capabilitySets());
    List<Map<String, Object>> limits = limits();
    if (!limits.isEmpty()) {
      json.put("rlimits", limits);
    }
    json.put("noNewPrivileges", false);
    if (!insecure() && options.apparmorProfile().isPresent()) {
      json.put("apparmorProfile", options.apparmorProfile().get());
    }
    oomScore(options.oomScoreAdjust()).ifPresent(score -> json.put("oomScoreAdj", score));
    return json;
  }

  private boolean insecure() {
    return spec.security() == SecurityMode.INSECURE;
  }

  private Set<String> capabilities() {
    Set<String> names = new LinkedHashSet<>(Capabilities.SANDBOX);
    names.retainAll(host.capabilities());
    if (insecure()) {
      names.addAll(host.capabilities());
    }
    return names;
  }

  private Map<String, Object> capabilitySets() {
    List<String> names = List.copyOf(capabilities());
    Map<String, Object> sets = new LinkedHashMap<>();
    sets.put("bounding", names);
    sets.put("effective", names);
    sets.put("permitted", names);
    if (insecure()) {
      sets.put("inheritable", names);
      sets.put("ambient", names);
    }
    return sets;
  }

  private List<Map<String, Object>> limits() {
    List<Map<String, Object>> limits = new ArrayList<>();
    for (Ulimit limit : spec.ulimits()) {
      long soft = limit.soft();
      long hard = limit.hard();
      OptionalLong highest = host.highest(limit.name());
      if (highest.isPresent() && (hard == -1 || hard > highest.getAsLong())) {
        hard = highest.getAsLong();
        soft = soft == -1 ? hard : Math.min(soft, hard);
        warnings.add(
            String.format(
                Locale.ROOT,
                "ulimit %s is bounded at %d: raising it needs CAP_SYS_RESOURCE",
                limit.name(),
                hard));
      }
      limits.add(limit(limit.name(), soft, hard));
    }
    if (spec.ulimits().stream().noneMatch(l -> l.name().equals("nofile"))) {
      // The JVM raises its own soft limit to the hard one. Where that is boundless, programs that
      // close every possible descriptor take minutes.
      Long files = host.hardLimits().get("nofile");
      if (files != null && (files == HostFacts.UNLIMITED || files > MAX_OPEN_FILES)) {
        limits.add(limit("nofile", MAX_OPEN_FILES, MAX_OPEN_FILES));
      }
    }
    return limits;
  }

  private static Map<String, Object> limit(String name, long soft, long hard) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("type", "RLIMIT_" + name.toUpperCase(Locale.ROOT));
    // RLIM_INFINITY, which is what -1 is as an unsigned number.
    json.put("hard", hard == -1 ? UNSIGNED_MAX : hard);
    json.put("soft", soft == -1 ? UNSIGNED_MAX : soft);
    return json;
  }

  private static final java.math.BigInteger UNSIGNED_MAX =
      java.math.BigInteger.ONE.shiftLeft(64).subtract(java.math.BigInteger.ONE);

  private Optional<Integer> oomScore(OptionalInt wanted) {
    if (wanted.isEmpty()) {
      return Optional.empty();
    }
    int score = wanted.getAsInt();
    if (score < host.oomScoreAdjust() && !host.may("CAP_SYS_RESOURCE")) {
      warnings.add(
          "oom_score_adj stays at "
              + host.oomScoreAdjust()
              + ": lowering it to "
              + score
              + " needs CAP_SYS_RESOURCE");
      score = host.oomScoreAdjust();
    }
    return Optional.of(score);
  }

  /** The default mounts and the container's own; a later one replaces an earlier at its place. */
  private List<Placed> mounts(List<Placed> own) {
    List<Placed> all = new ArrayList<>();
    all.add(Placed.of("/proc", "proc", "proc", "nosuid", "noexec", "nodev"));
    all.add(
        Placed.of("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k"));
    all.add(
        Placed.of(
            "/dev/pts",
            "devpts",
            "devpts",
            "nosuid",
            "noexec",
            "newinstance",
            "ptmxmode=0666",
            "mode=0620",
            "gid=5"));
    all.add(
        Placed.of(
            "/dev/shm", "tmpfs", "shm", "nosuid", "noexec", "nodev", "mode=1777", "size=65536k"));
    all.add(Placed.of("/dev/mqueue", "mqueue", "mqueue", "nosuid", "noexec", "nodev"));
    String access = insecure() ? "rw" : "ro";
    all.add(Placed.of("/sys", "sysfs", "sysfs", "nosuid", "noexec", "nodev", access));
    if (host.cgroups() != HostFacts.Cgroups.NONE) {
      all.add(Placed.of("/sys/fs/cgroup", "cgroup", "cgroup", access, "nosuid", "noexec", "nodev"));
    }
    all.addAll(own);
    Map<String, Placed> byDestination = new LinkedHashMap<>();
    for (Placed placed : all) {
      byDestination.put(placed.destination(), placed);
    }
    return List.copyOf(byDestination.values());
  }

  private static Map<String, Object> mount(Placed placed) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("destination", placed.destination());
    json.put("type", placed.mount().type());
    json.put("source", placed.mount().source());
    json.put("options", placed.mount().options());
    return json;
  }

  private Map<String, Object> linux(String cgroup) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("resources", resources());
    if (host.cgroups().writable()) {
      json.put("cgroupsPath", cgroup);
    }
    json.put("namespaces", namespaces());
    if (insecure()) {
      json.put(
          "devices",
          INSECURE_DEVICES.stream()
              .map(d ->
                  Map.of(
                      "path", d.path(), "type", d.type(), "major", d.major(), "minor", d.minor()))
              .toList());
      return json;
    }
    if (host.seccomp()) {
      json.put(
          "seccomp", SECCOMP.specification(host.architecture(), host.kernel(), capabilities()));
    }
    json.put("maskedPaths", MASKED);
    json.put("readonlyPaths", READONLY);
    return json;
  }

  private List<Map<String, Object>> namespaces() {
    List<Map<String, Object>> namespaces = new ArrayList<>();
    for (String type : List.of("pid", "ipc", "uts", "mount")) {
      namespaces.add(Map.of("type", type));
    }
    if (network == NetworkMode.NONE) {
      namespaces.add(Map.of("type", "network"));
    }
    if (host.cgroups().unified()) {
      namespaces.add(Map.of("type", "cgroup"));
    }
    return namespaces;
  }

  private Map<String, Object> resources() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put(
        "devices",
        insecure()
            ? List.of(
                Map.of("allow", true, "type", "c", "access", "rwm"),
                Map.of("allow", true, "type", "b", "access", "rwm"))
            : List.of(Map.of("allow", false, "access", "rwm")));
    LinuxResources limits = spec.resources();
    Map<String, Object> memory = new LinkedHashMap<>();
    if (limits.memory() != 0) {
      memory.put("limit", limits.memory());
    }
    if (limits.memorySwap() != 0) {
      memory.put("swap", limits.memorySwap());
    }
    if (!memory.isEmpty()) {
      json.put("memory", memory);
    }
    Map<String, Object> cpu = new LinkedHashMap<>();
    if (limits.cpuShares() != 0) {
      cpu.put("shares", limits.cpuShares());
    }
    if (limits.cpuQuota() != 0) {
      cpu.put("quota", limits.cpuQuota());
    }
    if (limits.cpuPeriod() != 0) {
      cpu.put("period", limits.cpuPeriod());
    }
    if (!limits.cpusetCpus().isEmpty()) {
      cpu.put("cpus", limits.cpusetCpus());
    }
    if (!limits.cpusetMems().isEmpty()) {
      cpu.put("mems", limits.cpusetMems());
    }
    if (!cpu.isEmpty()) {
      json.put("cpu", cpu);
    }
    return json;
  }

  static byte[] write(Map<String, Object> json) {
    return JSON.writeValueAsBytes(json);
  }

  /** Writes a new file that nobody else can read: the environment may hold secrets. */
  static void write(Map<String, Object> json, Path file) throws IOException {
    try (SeekableByteChannel out =
        Files.newByteChannel(
            file,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
      ByteBuffer bytes = ByteBuffer.wrap(write(json));
      while (bytes.hasRemaining()) {
        out.write(bytes);
      }
    }
  }

  /** Parents before children. */
  static List<ContainerMount> ordered(List<ContainerMount> mounts) {
    return mounts.stream().sorted(Comparator.comparing(ContainerMount::destination)).toList();
  }
}
