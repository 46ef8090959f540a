package dev.gatehouse.solver.worker.exec;

import dev.gatehouse.protocol.pb.Mount;
import dev.gatehouse.protocol.pb.MountType;
import dev.gatehouse.protocol.pb.SSHOpt;
import dev.gatehouse.protocol.pb.SecretOpt;
import dev.gatehouse.solver.core.ErrorCategory;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.exec.ContainerFile;
import dev.gatehouse.solver.exec.ContainerMount;
import dev.gatehouse.solver.exec.ContainerSpec;
import dev.gatehouse.solver.store.ActiveReference;
import dev.gatehouse.solver.store.ImmutableReference;
import dev.gatehouse.solver.store.MountSet;
import dev.gatehouse.solver.store.Reference;
import dev.gatehouse.solver.store.ReferenceOptions;
import dev.gatehouse.solver.worker.credential.AgentSocket;
import dev.gatehouse.solver.worker.credential.Secrets;
import dev.gatehouse.solver.worker.op.WorkerResult;
import dev.gatehouse.solver.worker.session.Session;
import dev.gatehouse.solver.worker.session.SessionGroup;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The mounts of a process, made ready from an operation's inputs: trees to write into, cache
 * mounts, secrets, agents. Everything that was opened is closed with this, last first; trees that
 * were not committed by then are dropped.
 */
final class PreparedMounts implements AutoCloseable {
  private static final String ROOT = "/";

  /** Says that a mount has no input or no output. */
  private static final long NONE = -1;

  private final ExecServices services;
  private final String name;
  private final Function<Mount, String> description;
  private final SessionGroup sessions;
  private final String cwd;

  /** What is to be closed with this, the last opened first. */
  private final Deque<Runnable> opened = new ArrayDeque<>();

  /** Mounts in force; closed before anything is committed. */
  private final List<MountSet> mountSets = new ArrayList<>();

  /** What each mount shows, for those that show a tree; by the mount's number. */
  private final Map<Integer, Reference> trees = new HashMap<>();

  /** Trees that become outputs, by the mount's number. */
  private final TreeMap<Integer, Reference> outputs = new TreeMap<>();

  /** Trees that are written but are no output, by the mount's number. */
  private final TreeMap<Integer, ActiveReference> scratch = new TreeMap<>();

  private final Map<String, CacheMounts.Handle> caches = new HashMap<>();
  private final List<ContainerMount> mounts = new ArrayList<>();
  private final List<ContainerFile> files = new ArrayList<>();
  private List<dev.gatehouse.solver.store.Mount> root = List.of();
  private boolean readonlyRoot;

  /**
   * @param name of the container or process, for descriptions of records
   * @param description of the record of a tree made for a mount
   * @param cwd relative mount points begin there
   */
  private PreparedMounts(
      ExecServices services,
      String name,
      Function<Mount, String> description,
      SessionGroup sessions,
      String cwd) {
    this.services = services;
    this.name = name;
    this.description = description;
    this.sessions = sessions;
    this.cwd = cwd;
  }

  static PreparedMounts prepare(
      ExecServices services,
      String name,
      Function<Mount, String> description,
      SessionGroup sessions,
      String cwd,
      List<Mount> mounts,
      List<WorkerResult> inputs)
      throws SolveException, IOException, InterruptedException {
    PreparedMounts prepared = new PreparedMounts(services, name, description, sessions, cwd);
    try {
      for (int i = 0; i < mounts.size(); i++) {
        prepared.add(i, mounts.get(i), inputs);
      }
      if (prepared.root.isEmpty()) {
        throw invalid("invalid exec op with no rootfs");
      }
      return prepared;
    } catch (Throwable e) {
      prepared.close();
      throw e;
    }
  }

  private void add(int index, Mount mount, List<WorkerResult> inputs)
      throws SolveException, IOException, InterruptedException {
    boolean isRoot = mount.getDest().equals(ROOT);
    if (isRoot && mount.getMountType() != MountType.BIND) {
      throw invalid("invalid mount type " + mount.getMountType() + " for " + mount.getDest());
    }
    Optional<ImmutableReference> input = Optional.empty();
    if (mount.getInput() != NONE) {
      if (mount.getInput() < 0 || mount.getInput() >= inputs.size()) {
        throw invalid("missing input " + mount.getInput());
      }
      input = inputs.get((int) mount.getInput()).reference();
    }
    switch (mount.getMountType()) {
      case BIND -> bind(index, mount, input, isRoot);
      case CACHE -> cache(index, mount, input);
      case TMPFS -> {
        ContainerMount tmpfs =
            ContainerMount.tmpfs(destination(mount), mount.getTmpfsOpt().getSize());
        mounts.add(
            new ContainerMount(
                tmpfs.destination(), tmpfs.mounts(), mount.getSelector(), mount.getReadonly()));
      }
      case SECRET -> secret(mount);
      case SSH -> agent(mount);
      case UNRECOGNIZED ->
          throw invalid("mount type " + mount.getMountTypeValue() + " not implemented");
    }
  }

  private void bind(int index, Mount mount, Optional<ImmutableReference> input, boolean isRoot)
      throws SolveException, IOException, InterruptedException {
    boolean output = mount.getOutput() != NONE;
    Reference tree;
    if (output && mount.getReadonly() && input.isPresent() && !isRoot) {
      ImmutableReference same = keep(input.get().share());
      outputs.put(index, same);
      tree = same;
    } else if (output) {
      ActiveReference active = create(mount, input);
      outputs.put(index, active);
      tree = active;
    } else if (isRoot || !mount.getReadonly() || input.isEmpty()) {
      ActiveReference active = create(mount, input);
      scratch.put(index, active);
      tree = active;
    } else {
      tree = keep(input.get().share());
    }
    trees.put(index, tree);
    boolean readonly = tree instanceof ImmutableReference;
    MountSet set = tree.mount(readonly || (mount.getReadonly() && !isRoot));
    mountSets.add(set);
    if (isRoot) {
      root = set.mounts();
      readonlyRoot = mount.getReadonly();
    } else {
      add(mount, set.mounts(), readonly || mount.getReadonly());
    }
  }

  private ActiveReference create(Mount mount, Optional<ImmutableReference> parent)
      throws IOException {
    return keep(
        services.references().create(parent, ReferenceOptions.of(description.apply(mount))));
  }

  private void cache(int index, Mount mount, Optional<ImmutableReference> input)
      throws SolveException, IOException, InterruptedException {
    if (!mount.hasCacheOpt()) {
      throw invalid("missing cache mount options");
    }
    String id = mount.getCacheOpt().getID();
    CacheMounts.Sharing sharing =
        switch (mount.getCacheOpt().getSharing()) {
          case SHARED -> CacheMounts.Sharing.SHARED;
          case PRIVATE -> CacheMounts.Sharing.PRIVATE;
          case LOCKED -> CacheMounts.Sharing.LOCKED;
          case UNRECOGNIZED ->
              throw invalid(
                  "invalid cache sharing option: " + mount.getCacheOpt().getSharingValue());
        };
    String key = CacheMounts.key(id, input);
    CacheMounts.Handle known = caches.get(key);
    CacheMounts.Handle handle;
    if (known != null) {
      handle = keep(known.share());
    } else {
      String text = "cached mount " + mount.getDest() + " from " + name;
      if (!id.equals(mount.getDest())) {
        text += " with id \"" + id + "\"";
      }
      handle = keep(services.cacheMounts().open(id, input, sharing, text));
      caches.put(key, handle);
    }
    trees.put(index, handle.reference());
    if (mount.getOutput() != NONE && input.isPresent()) {
      outputs.put(index, keep(input.get().share()));
    }
    Path path = handle.path();
    add(
        mount,
        List.of(dev.gatehouse.solver.store.Mount.bind(path.toString(), mount.getReadonly())),
        mount.getReadonly());
  }

  private void secret(Mount mount) throws SolveException, IOException, InterruptedException {
    if (!mount.hasSecretOpt()) {
      throw invalid("invalid secret mount options");
    }
    SecretOpt options = mount.getSecretOpt();
    if (options.getID().isEmpty()) {
      throw invalid("secret ID missing from mount options");
    }
    Optional<byte[]> content =
        options.getOptional()
            ? Secrets.find(sessions, options.getID())
            : Optional.of(Secrets.get(sessions, options.getID()));
    content.ifPresent(bytes ->
        files.add(
            new ContainerFile(
                destination(mount),
                bytes,
                options.getUid(),
                options.getGid(),
                options.getMode() & 0777)));
  }

  private void agent(Mount mount) throws SolveException, IOException, InterruptedException {
    SSHOpt options = mount.getSSHOpt();
    Optional<Session> session;
    if (options.getOptional()) {
      try {
        session = AgentSocket.find(sessions, options.getID());
      } catch (IOException e) {
        session = Optional.empty(); // an agent that is optional may also fail
      }
    } else {
      session = Optional.of(AgentSocket.get(sessions, options.getID()));
    }
    if (session.isPresent()) {
      AgentSocket socket =
          AgentSocket.open(
              session.get(),
              options.getID(),
              options.getUid(),
              options.getGid(),
              options.getMode());
      opened.push(socket::close);
      mounts.add(
          ContainerMount.bind(socket.path().toString(), destination(mount), mount.getReadonly()));
    }
  }

  private void add(Mount mount, List<dev.gatehouse.solver.store.Mount> what, boolean readonly) {
    mounts.add(new ContainerMount(destination(mount), what, mount.getSelector(), readonly));
  }

  private String destination(Mount mount) {
    Path absolute = Path.of(ROOT).resolve(cwd).resolve(mount.getDest());
    return absolute.normalize().toString();
  }

  private <T extends Reference> T keep(T reference) {
    opened.push(reference::close);
    return reference;
  }

  private CacheMounts.Handle keep(CacheMounts.Handle handle) {
    opened.push(handle::close);
    return handle;
  }

  private static SolveException invalid(String message) {
    return new SolveException("exec.invalid", ErrorCategory.USER, message);
  }

  List<dev.gatehouse.solver.store.Mount> root() {
    return root;
  }

  /** Gives a container all mounts. */
  void describe(ContainerSpec.Builder spec) {
    spec.readonlyRoot(readonlyRoot);
    mounts.forEach(spec::mount);
    files.forEach(spec::file);
  }

  /** The tree that a mount shows, if it shows one. */
  Optional<Reference> tree(int index) {
    return Optional.ofNullable(trees.get(index));
  }

  /** Takes the mounts down, once the container is gone. */
  void unmount() {
    for (MountSet set : mountSets.reversed()) {
      set.close();
    }
    mountSets.clear();
  }

  /** Commits the outputs, in the order of their mounts; they are the caller's. */
  List<WorkerResult> commitOutputs() throws IOException {
    List<WorkerResult> results = new ArrayList<>();
    try {
      for (Reference output : outputs.values()) {
        results.add(WorkerResult.of(commit(output)));
      }
      return results;
    } catch (Throwable e) {
      results.forEach(WorkerResult::close);
      throw e;
    }
  }

  /**
   * What each mount shows after a process has failed, committed: outputs, trees written besides and
   * inputs; empty for mounts of other kinds. The handles are the caller's.
   */
  List<Optional<ImmutableReference>> commitAll(int count) throws IOException {
    List<Optional<ImmutableReference>> all = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        @Nullable Reference tree = outputs.get(i);
        if (tree == null) {
          tree = scratch.get(i);
        }
        if (tree == null && trees.get(i) instanceof ImmutableReference input) {
          tree = input;
        }
        all.add(tree == null ? Optional.empty() : Optional.of(commit(tree)));
      }
      return all;
    } catch (Throwable e) {
      all.forEach(r -> r.ifPresent(ImmutableReference::close));
      throw e;
    }
  }

  private static ImmutableReference commit(Reference tree) throws IOException {
    return switch (tree) {
      case ActiveReference active -> active.commit();
      case ImmutableReference same -> same.share();
    };
  }

  @Override
  public void close() {
    unmount();
    while (!opened.isEmpty()) {
      opened.pop().run();
    }
  }
}
