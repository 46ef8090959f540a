package dev.gatehouse.solver.exec;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * The default seccomp profile: Docker's, from the rules beside this class, cut to an architecture,
 * a kernel and a set of capabilities.
 */
final class SeccompProfile {
  private static final int EPERM = 1;

  /** Architectures: the name in conditions and the name in specifications, by Go's name. */
  private record Machine(String condition, String seccomp) {}

  private static final Map<String, Machine> MACHINES =
      Map.of(
          "amd64", new Machine("amd64", "SCMP_ARCH_X86_64"),
          "386", new Machine("x86", "SCMP_ARCH_X86"),
          "arm64", new Machine("arm64", "SCMP_ARCH_AARCH64"),
          "arm", new Machine("arm", "SCMP_ARCH_ARM"),
          "ppc64le", new Machine("ppc64le", "SCMP_ARCH_PPC64LE"),
          "s390x", new Machine("s390x", "SCMP_ARCH_S390X"),
          "riscv64", new Machine("riscv64", "SCMP_ARCH_RISCV64"),
          "loong64", new Machine("loongarch64", "SCMP_ARCH_LOONGARCH64"));

  private record Condition(boolean negated, String kind, List<String> values) {
    boolean holds(Machine machine, HostFacts.Kernel kernel, Set<String> capabilities) {
      boolean match =
          switch (kind) {
            case "arch" -> values.contains(machine.condition());
            // An include asks for all capabilities, an exclude is met by any.
            case "cap" ->
                negated
                    ? values.stream().anyMatch(capabilities::contains)
                    : capabilities.containsAll(values);
            case "kernel" -> kernel.compareTo(HostFacts.Kernel.parse(values.getFirst())) >= 0;
            default -> throw new IllegalStateException("condition " + kind);
          };
      return match != negated;
    }
  }

  private record Argument(int index, String operator, long value) {}

  private record Rule(
      OptionalInt errno,
      Optional<Argument> argument,
      List<Condition> conditions,
      List<String> calls) {}

  private final Map<String, List<String>> architectures = new LinkedHashMap<>();
  private final List<Rule> rules = new ArrayList<>();

  private SeccompProfile() {}

  /** Reads the rules. */
  static SeccompProfile load() {
    SeccompProfile profile = new SeccompProfile();
    try (InputStream in = SeccompProfile.class.getResourceAsStream("seccomp.rules")) {
      if (in == null) {
        throw new IllegalStateException("seccomp.rules is not on the class path");
      }
      BufferedReader reader =
          new BufferedReader(new InputStreamReader(in, StandardCharsets.US_ASCII));
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        if (!line.isBlank() && !line.startsWith("#")) {
          profile.add(line);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return profile;
  }

  private void add(String line) {
    int colon = line.indexOf(" : ");
    if (colon < 0) {
      List<String> words = List.of(line.split(" "));
      if (!words.getFirst().equals("architecture")) {
        throw new IllegalStateException("seccomp rule: " + line);
      }
      architectures.put(words.get(1), words.subList(1, words.size()));
      return;
    }
    String[] head = line.substring(0, colon).split(" ");
    OptionalInt errno = OptionalInt.empty();
    Optional<Argument> argument = Optional.empty();
    List<Condition> conditions = new ArrayList<>();
    int i = 0;
    while (i < head.length) {
      switch (head[i]) {
        case "allow" -> i++;
        case "errno" -> {
          errno = OptionalInt.of(Integer.parseInt(head[i + 1]));
          i += 2;
        }
        case "arg" -> {
          argument =
              Optional.of(
                  new Argument(
                      Integer.parseInt(head[i + 1]), head[i + 2], Long.parseLong(head[i + 3])));
          i += 4;
        }
        case "if", "unless" -> {
          conditions.add(
              new Condition(
                  head[i].equals("unless"), head[i + 1], List.of(head[i + 2].split(","))));
          i += 3;
        }
        default -> throw new IllegalStateException("seccomp rule: " + line);
      }
    }
    rules.add(new Rule(errno, argument, conditions, List.of(line.substring(colon + 3).split(" "))));
  }

  /** The {@code linux.seccomp} object of a runtime specification. */
  Map<String, Object> specification(
      String architecture, HostFacts.Kernel kernel, Set<String> capabilities) {
    Machine machine = MACHINES.getOrDefault(architecture, new Machine(architecture, ""));
    Map<String, Object> profile = new LinkedHashMap<>();
    profile.put("defaultAction", "SCMP_ACT_ERRNO");
    profile.put("defaultErrnoRet", EPERM);
    List<String> machines = architectures.get(machine.seccomp());
    if (machines != null) {
      profile.put("architectures", machines);
    }
    List<Map<String, Object>> calls = new ArrayList<>();
    for (Rule rule : rules) {
      if (rule.conditions().stream().allMatch(c -> c.holds(machine, kernel, capabilities))) {
        calls.add(call(rule));
      }
    }
    profile.put("syscalls", calls);
    return profile;
  }

  private static Map<String, Object> call(Rule rule) {
    Map<String, Object> call = new LinkedHashMap<>();
    call.put("names", rule.calls());
    call.put("action", rule.errno().isPresent() ? "SCMP_ACT_ERRNO" : "SCMP_ACT_ALLOW");
    if (rule.errno().isPresent()) {
      call.put("errnoRet", rule.errno().getAsInt());
    }
    rule.argument()
        .ifPresent(a ->
            call.put(
                "args",
                List.of(
                    Map.of(
                        "index", a.index(),
                        "value", a.value(),
                        "valueTwo", 0,
                        "op", a.operator()))));
    return call;
  }
}
