package dev.gatehouse.solver.exec;

import dev.gatehouse.solver.exec.ContainerException.Kind;
import dev.gatehouse.solver.linux.Directory;
import dev.gatehouse.solver.linux.Errno;
import dev.gatehouse.solver.linux.LinuxException;
import dev.gatehouse.solver.linux.Mounts;
import dev.gatehouse.solver.linux.RootDirectory;
import dev.gatehouse.solver.store.Mount;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Starts containers through an OCI runtime, which is found when the first one is started.
 *
 * <p>This process makes one mount for a container whose root is an overlay, and none where a single
 * directory is bound; the runtime makes all others from its specification. One more is made for
 * files in memory, and one for each mount with a selector. Nothing is synced to disk.
 */
public final class ContainerRuntime implements AutoCloseable {
  private static final int MAX_USER_FILE = 10 << 20;

  private final ContainerRuntimeOptions options;
  private final HostFacts host;
  private final Path containers;
  private final NameFiles names;
  private final RuntimeChoice choice;
  private final Map<String, RunningContainer> running = new ConcurrentHashMap<>();

  private ContainerRuntime(
      ContainerRuntimeOptions options, HostFacts host, Path containers, RuntimeChoice choice) {
    this.options = options;
    this.host = host;
    this.containers = containers;
    this.choice = choice;
    this.names = new NameFiles(options.stateDirectory(), options.dns());
  }

  /**
   * Opens the runtime on its state directory, and ends and removes what a killed process left
   * there.
   */
  public static ContainerRuntime open(ContainerRuntimeOptions options) throws IOException {
    Path state = Files.createDirectories(options.stateDirectory()).toRealPath();
    Files.setPosixFilePermissions(state, PosixFilePermissions.fromString("rwx--x--x"));
    Path containers = Files.createDirectories(state.resolve("containers"));
    Files.setPosixFilePermissions(containers, PosixFilePermissions.fromString("rwx--x--x"));
    ContainerRuntimeOptions real = options.withStateDirectory(state);
    HostFacts host = HostFacts.read();
    RuntimeChoice choice = new RuntimeChoice(real, host, state);
    Bundles.deleteLeftovers(containers, choice.candidates());
    return new ContainerRuntime(real, host, containers, choice);
  }

  ContainerRuntimeOptions options() {
    return options;
  }

  /**
   * What {@link NetworkMode#DEFAULT} is here: the host's network unless configured otherwise, as
   * BuildKit does where no network plugin is configured.
   */
  public NetworkMode defaultNetwork() {
    return options.defaultNetwork() == NetworkMode.DEFAULT
        ? NetworkMode.HOST
        : options.defaultNetwork();
  }

  /**
   * Starts a container and returns without waiting for its process to run; that it could not be
   * started is told by {@link ContainerProcess#await}.
   *
   * @throws ContainerException when the specification cannot be met
   */
  public Container start(ContainerSpec spec, ProcessIo io)
      throws IOException, InterruptedException {
    requireSupport(spec);
    OciRuntime runtime = choice.get();
    Files.createDirectories(runtime.state());
    String id = spec.id().isEmpty() ? newId() : spec.id();
    Path bundle = containers.resolve(id);
    try {
      Files.createDirectory(bundle);
    } catch (java.nio.file.FileAlreadyExistsException e) {
      throw new ContainerException(Kind.SPECIFICATION, "container " + id + " exists already", e);
    }
    RunningContainer container;
    try {
      container = start(spec, io, runtime, id, bundle);
    } catch (IOException | RuntimeException | InterruptedException e) {
      try {
        Bundles.delete(bundle);
      } catch (IOException second) {
        e.addSuppressed(second);
      }
      throw e;
    }
    running.put(id, container);
    return container;
  }

  private RunningContainer start(
      ContainerSpec spec, ProcessIo io, OciRuntime runtime, String id, Path bundle)
      throws IOException, InterruptedException {
    String rootPath = root(spec.root(), bundle);
    RootDirectory root = RootDirectory.open(Path.of(rootPath));
    try {
      List<String> destinations = new ArrayList<>();
      spec.mounts().forEach(m -> destinations.add(m.destination()));
      spec.files().forEach(f -> destinations.add(f.destination()));
      MountStubs stubs = MountStubs.note(root, destinations, spec.removeStubParents());
      Users.Identity identity = Users.find(spec.process().user(), files(root));
      makeWorkingDirectory(root, spec.process().cwd(), identity);

      NetworkMode network =
          spec.network() == NetworkMode.DEFAULT ? defaultNetwork() : spec.network();
      RuntimeSpec json = new RuntimeSpec(host, spec, network);
      String cgroup = cgroup(spec, id);
      List<RuntimeSpec.Placed> mounts = new ArrayList<>();
      Path resolvConf = names.resolvConf(network == NetworkMode.HOST);
      mounts.add(nameFile("/etc/resolv.conf", resolvConf));
      mounts.add(nameFile("/etc/hosts", names.hosts(json.hostname(), spec.extraHosts(), bundle)));
      mounts.addAll(new ContainerMounts(bundle).place(spec.mounts(), spec.files()));
      RuntimeSpec.write(
          json.container(rootPath, identity, mounts, cgroup(spec, id), options),
          bundle.resolve("config.json"));

      Path pidFile = bundle.resolve("pid");
      Path log = bundle.resolve("log.json");
      RunningProcess process =
          RunningProcess.start(
              runtime.run(id, bundle, pidFile, log),
              pidFile,
              log,
              io,
              spec.process().terminal(),
              OutOfMemory.watch());
      return new RunningContainer(
          this,
          runtime,
          spec,
          json,
          new RunningContainer.Prepared(id, bundle, root, identity, stubs, cgroup),
          process);
    } catch (IOException | RuntimeException e) {
      root.close();
      throw e;
    }
  }

  private void requireSupport(ContainerSpec spec) throws ContainerException {
    if (host.uid() != 0) {
      throw new ContainerException(
          Kind.HOST, "running containers needs root: rootless operation is not supported");
    }
    if (!spec.devices().isEmpty()) {
      throw new ContainerException(
          Kind.SPECIFICATION,
          "CDI devices are not supported: " + String.join(", ", spec.devices()));
    }
    if (!spec.resources().isUnlimited() && !host.cgroups().writable()) {
      throw new ContainerException(
          Kind.HOST, "resource limits need control groups that can be written");
    }
  }

  /**
   * Where the root filesystem is; mounted in the bundle unless it is one directory of this host.
   */
  private static String root(List<Mount> mounts, Path bundle) throws IOException {
    if (mounts.size() == 1 && mounts.getFirst().isBind()) {
      return mounts.getFirst().source();
    }
    Path target = Files.createDirectory(bundle.resolve("rootfs"));
    for (Mount mount : mounts) {
      Mounts.mount(mount.type(), mount.source(), target, mount.options());
    }
    return target.toString();
  }

  private static RuntimeSpec.Placed nameFile(String destination, Path file) {
    return RuntimeSpec.Placed.of(
        destination, "bind", file.toString(), "nosuid", "noexec", "nodev", "rbind", "ro");
  }

  private String cgroup(ContainerSpec spec, String id) {
    String parent = spec.cgroupParent().isEmpty() ? options.cgroupParent() : spec.cgroupParent();
    if (parent.isEmpty()) {
      return "/gatehouse/" + id;
    }
    if (parent.contains(".slice") && parent.endsWith(":")) {
      return parent + id;
    }
    return Path.of("/", parent, "gatehouse", id).normalize().toString();
  }

  /** Files of an image, for looking up users: what cannot be read counts as not there. */
  static Users.Reader files(RootDirectory root) {
    return path -> {
      try {
        return Optional.of(root.readFile(path, MAX_USER_FILE));
      } catch (LinuxException e) {
        if (e.is(Errno.EFBIG)) {
          throw new ContainerException(
              Kind.SPECIFICATION, "\"" + path + "\" exceeds " + MAX_USER_FILE + " bytes", e);
        }
        return Optional.empty();
      }
    };
  }

  private static void makeWorkingDirectory(RootDirectory root, String path, Users.Identity identity)
      throws LinuxException {
    String resolved = root.resolve(path);
    if (root.findLstat(resolved).isPresent()) {
      return;
    }
    String parent = "";
    for (String name : resolved.substring(1).split("/")) {
      try (Directory directory = root.directory(parent.isEmpty() ? "/" : parent)) {
        try {
          directory.mkdir(name, 0755);
          directory.chown(name, identity.uid(), identity.gid());
        } catch (LinuxException e) {
          if (!e.is(Errno.EEXIST)) {
            throw e;
          }
        }
      }
      parent = parent + "/" + name;
    }
  }

  private static String newId() {
    byte[] bytes = new byte[12];
    ThreadLocalRandom.current().nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  void closed(RunningContainer container) {
    running.remove(container.id(), container);
  }

  /** Closes all containers that are still open. */
  @Override
  public void close() {
    for (RunningContainer container : List.copyOf(running.values())) {
      container.close();
    }
  }
}
