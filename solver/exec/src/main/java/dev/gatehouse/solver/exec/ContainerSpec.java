package dev.gatehouse.solver.exec;

import dev.gatehouse.solver.store.Mount;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * What a container is to be.
 *
 * @param id its name, unique in this runtime while it lives; empty for one that is made up
 * @param root the mounts that show its root filesystem, writable and this container's alone: mount
 *     points are made in it, and removed again
 * @param readonlyRoot whether its processes may only read the root
 * @param mounts further mounts; parents are mounted before children whatever their order here
 * @param files files in memory, mounted read-only
 * @param process the first process
 * @param hostname empty for the default, {@code buildkitsandbox}
 * @param extraHosts added to {@code /etc/hosts}
 * @param network what it can reach
 * @param security how far it is confined
 * @param ulimits resource limits of its processes
 * @param cgroupParent parent of its control group; empty for the runtime's
 * @param resources limits of its control group
 * @param devices names of CDI devices to inject; none is supported on this runtime
 * @param removeStubParents whether directories made only to hold a mount point are removed as well
 */
public record ContainerSpec(
    String id,
    List<Mount> root,
    boolean readonlyRoot,
    List<ContainerMount> mounts,
    List<ContainerFile> files,
    ProcessSpec process,
    String hostname,
    List<ExtraHost> extraHosts,
    NetworkMode network,
    SecurityMode security,
    List<Ulimit> ulimits,
    String cgroupParent,
    LinuxResources resources,
    List<String> devices,
    boolean removeStubParents) {

  /** The host name of a container that asks for none: what BuildKit's are called. */
  public static final String DEFAULT_HOSTNAME = "buildkitsandbox";

  private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,127}");
  private static final Pattern HOSTNAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}");

  public ContainerSpec {
    root = List.copyOf(root);
    mounts = List.copyOf(mounts);
    files = List.copyOf(files);
    extraHosts = List.copyOf(extraHosts);
    ulimits = List.copyOf(ulimits);
    devices = List.copyOf(devices);
    Objects.requireNonNull(process);
    Objects.requireNonNull(network);
    Objects.requireNonNull(security);
    Objects.requireNonNull(resources);
    if (root.isEmpty()) {
      throw new IllegalArgumentException("container without a root");
    }
    if (!id.isEmpty() && !ID.matcher(id).matches()) {
      throw new IllegalArgumentException("invalid container id: " + id);
    }
    if (!hostname.isEmpty() && !HOSTNAME.matcher(hostname).matches()) {
      throw new IllegalArgumentException("invalid hostname: " + hostname);
    }
    for (String part : cgroupParent.split("/")) {
      if (part.equals("..")) {
        throw new IllegalArgumentException("invalid cgroup parent: " + cgroupParent);
      }
    }
  }

  public static Builder builder(List<Mount> root, ProcessSpec process) {
    return new Builder(root, process);
  }

  /** Collects the parts; everything not set is absent, default or unlimited. */
  public static final class Builder {
    private final List<Mount> root;
    private final ProcessSpec process;
    private final List<ContainerMount> mounts = new ArrayList<>();
    private final List<ContainerFile> files = new ArrayList<>();
    private final List<ExtraHost> extraHosts = new ArrayList<>();
    private final List<Ulimit> ulimits = new ArrayList<>();
    private final List<String> devices = new ArrayList<>();
    private String id = "";
    private boolean readonlyRoot;
    private String hostname = "";
    private NetworkMode network = NetworkMode.DEFAULT;
    private SecurityMode security = SecurityMode.SANDBOX;
    private String cgroupParent = "";
    private LinuxResources resources = LinuxResources.UNLIMITED;
    private boolean removeStubParents;

    private Builder(List<Mount> root, ProcessSpec process) {
      this.root = root;
      this.process = process;
    }

    public Builder id(String id) {
      this.id = id;
      return this;
    }

    public Builder readonlyRoot(boolean readonlyRoot) {
      this.readonlyRoot = readonlyRoot;
      return this;
    }

    public Builder mount(ContainerMount mount) {
      mounts.add(mount);
      return this;
    }

    public Builder file(ContainerFile file) {
      files.add(file);
      return this;
    }

    public Builder hostname(String hostname) {
      this.hostname = hostname;
      return this;
    }

    public Builder extraHost(ExtraHost host) {
      extraHosts.add(host);
      return this;
    }

    public Builder network(NetworkMode network) {
      this.network = network;
      return this;
    }

    public Builder security(SecurityMode security) {
      this.security = security;
      return this;
    }

    public Builder ulimit(Ulimit ulimit) {
      ulimits.add(ulimit);
      return this;
    }

    public Builder cgroupParent(String cgroupParent) {
      this.cgroupParent = cgroupParent;
      return this;
    }

    public Builder resources(LinuxResources resources) {
      this.resources = resources;
      return this;
    }

    public Builder device(String name) {
      devices.add(name);
      return this;
    }

    public Builder removeStubParents(boolean remove) {
      this.removeStubParents = remove;
      return this;
    }

    public ContainerSpec build() {
      return new ContainerSpec(
          id,
          root,
          readonlyRoot,
          mounts,
          files,
          process,
          hostname,
          extraHosts,
          network,
          security,
          ulimits,
          cgroupParent,
          resources,
          devices,
          removeStubParents);
    }
  }
}
