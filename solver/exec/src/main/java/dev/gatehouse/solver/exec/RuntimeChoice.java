package dev.gatehouse.solver.exec;

import dev.gatehouse.solver.exec.ContainerException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Which OCI runtime is used: the configured one, else the first of crun and runc that can make a
 * container here. Not each does: crun before 1.9, for one, refuses version 1 control groups with a
 * version 2 mount beside them.
 *
 * <p>Where both are installed the choice is made by trying to run a program that does not exist: a
 * runtime that gets as far as missing it works. What was found out is kept in a file until one of
 * the programs changes.
 */
final class RuntimeChoice {
  private static final List<String> NAMES = List.of("crun", "runc");
  private static final String PROBE = "/gatehouse-probe";
  private static final long PROBE_SECONDS = 20;

  private final ContainerRuntimeOptions options;
  private final HostFacts host;
  private final Path stateDirectory;
  private final ReentrantLock lock = new ReentrantLock();
  private volatile @Nullable OciRuntime chosen;

  RuntimeChoice(ContainerRuntimeOptions options, HostFacts host, Path stateDirectory) {
    this.options = options;
    this.host = host;
    this.stateDirectory = stateDirectory;
  }

  /** All runtimes found here, the preferred first. */
  List<OciRuntime> candidates() {
    List<String> names = options.binary().map(List::of).orElse(NAMES);
    List<OciRuntime> found = new ArrayList<>();
    for (String name : names) {
      Binaries.find(name).ifPresent(binary -> found.add(runtime(binary)));
    }
    return found;
  }

  private OciRuntime runtime(Path binary) {
    return new OciRuntime(
        binary, stateDirectory.resolve("state-" + binary.getFileName()), host.cgroups());
  }

  /**
   * The runtime to use.
   *
   * @throws ContainerException HOST when there is none that works
   */
  OciRuntime get() throws IOException, InterruptedException {
    OciRuntime known = chosen;
    if (known != null) {
      return known;
    }
    lock.lockInterruptibly();
    try {
      OciRuntime now = chosen;
      if (now == null) {
        now = choose();
        chosen = now;
      }
      return now;
    } finally {
      lock.unlock();
    }
  }

  private OciRuntime choose() throws IOException, InterruptedException {
    List<OciRuntime> candidates = candidates();
    if (candidates.isEmpty()) {
      throw new ContainerException(
          Kind.HOST,
          options
              .binary()
              .map(b -> "container runtime " + b + " is not there or not executable")
              .orElse("no container runtime found: install crun or runc, or configure its path"));
    }
    if (candidates.size() == 1) {
      return candidates.getFirst();
    }
    Path file = stateDirectory.resolve("runtime");
    String key = key(candidates);
    Optional<OciRuntime> kept = kept(file, key, candidates);
    if (kept.isPresent()) {
      return kept.get();
    }
    Map<String, String> failures = new LinkedHashMap<>();
    for (OciRuntime candidate : candidates) {
      Optional<String> failure = probe(candidate);
      if (failure.isEmpty()) {
        Files.writeString(file, key + candidate.binary() + "\n");
        return candidate;
      }
      failures.put(candidate.name(), failure.get());
    }
    StringBuilder message = new StringBuilder("no container runtime works here");
    failures.forEach((name, why) -> message.append("; ").append(name).append(": ").append(why));
    throw new ContainerException(Kind.HOST, message.toString());
  }

  private static String key(List<OciRuntime> candidates) throws IOException {
    StringBuilder key = new StringBuilder();
    for (OciRuntime candidate : candidates) {
      key.append(candidate.binary())
          .append(' ')
          .append(Files.size(candidate.binary()))
          .append(' ')
          .append(Files.getLastModifiedTime(candidate.binary()).toMillis())
          .append('\n');
    }
    return key.append(candidates.getFirst().cgroups()).append('\n').toString();
  }

  private static Optional<OciRuntime> kept(Path file, String key, List<OciRuntime> candidates)
      throws IOException {
    try {
      String text = Files.readString(file);
      return candidates.stream().filter(c -> text.equals(key + c.binary() + "\n")).findFirst();
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** Why a runtime does not work; empty when it does. */
  private Optional<String> probe(OciRuntime runtime) throws IOException, InterruptedException {
    String id = "probe-" + Long.toHexString(System.nanoTime());
    Path bundle = stateDirectory.resolve("containers").resolve(id);
    Path root = Files.createDirectories(bundle.resolve("rootfs"));
    Files.createDirectories(runtime.state());
    ProcessSpec process = new ProcessSpec(List.of(PROBE), List.of(), "/", "", false);
    ContainerSpec spec =
        ContainerSpec.builder(
                List.of(dev.gatehouse.solver.store.Mount.bind(root.toString(), false)), process)
            .build();
    RuntimeSpec json = new RuntimeSpec(host, spec, NetworkMode.HOST);
    String group = "/gatehouse/" + id;
    RuntimeSpec.write(
        json.container(root.toString(), Users.Identity.ROOT, List.of(), group, options),
        bundle.resolve("config.json"));
    Path log = bundle.resolve("log.json");
    Path stderr = bundle.resolve("stderr");
    try {
      ProcessBuilder builder =
          OciRuntime.builder(runtime.run(id, bundle, bundle.resolve("pid"), log));
      builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
      builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
      builder.redirectError(stderr.toFile());
      Process run = builder.start();
      try {
        if (!run.waitFor(PROBE_SECONDS, TimeUnit.SECONDS)) {
          return Optional.of("did not answer in " + PROBE_SECONDS + " s");
        }
      } finally {
        run.destroyForcibly();
      }
      String said = OciRuntime.lastError(log).orElse("") + " " + Files.readString(stderr).strip();
      return said.contains(PROBE) ? Optional.empty() : Optional.of(said.strip());
    } finally {
      if (runtime.knows(id)) {
        runtime.delete(id);
      }
      ControlGroups.remove(group);
      Bundles.delete(bundle);
    }
  }
}
