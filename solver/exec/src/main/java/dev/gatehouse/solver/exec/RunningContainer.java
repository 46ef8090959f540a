package dev.gatehouse.solver.exec;

import dev.gatehouse.solver.exec.ContainerException.Kind;
import dev.gatehouse.solver.linux.RootDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A container that was started, and all that was made for it. */
final class RunningContainer implements Container {
  private static final Logger LOG = LoggerFactory.getLogger(RunningContainer.class);

  private final ContainerRuntime owner;
  private final OciRuntime runtime;
  private final ContainerSpec spec;
  private final RuntimeSpec json;
  private final String id;
  private final Path bundle;
  private final RootDirectory root;
  private final Users.Identity identity;
  private final MountStubs stubs;
  private final String cgroup;
  private final RunningProcess process;

  // Guarded by this.
  private final List<RunningProcess> further = new ArrayList<>();
  private int count;
  private boolean closed;

  RunningContainer(
      ContainerRuntime owner,
      OciRuntime runtime,
      ContainerSpec spec,
      RuntimeSpec json,
      Prepared prepared,
      RunningProcess process) {
    this.owner = owner;
    this.runtime = runtime;
    this.spec = spec;
    this.json = json;
    this.id = prepared.id();
    this.bundle = prepared.bundle();
    this.root = prepared.root();
    this.identity = prepared.identity();
    this.stubs = prepared.stubs();
    this.cgroup = prepared.cgroup();
    this.process = process;
  }

  /** What lies on disk before the first process starts. */
  record Prepared(
      String id,
      Path bundle,
      RootDirectory root,
      Users.Identity identity,
      MountStubs stubs,
      String cgroup) {}

  @Override
  public String id() {
    return id;
  }

  @Override
  public ContainerProcess process() {
    return process;
  }

  @Override
  public List<String> warnings() {
    return json.warnings();
  }

  @Override
  public ContainerProcess exec(ProcessSpec wanted, ProcessIo io)
      throws IOException, InterruptedException {
    if (!process.awaitStart()) {
      throw gone();
    }
    Users.Identity user =
        wanted.user().isEmpty()
            ? identity
            : Users.find(wanted.user(), ContainerRuntime.files(root));
    ProcessSpec full =
        wanted.env().isEmpty()
            ? new ProcessSpec(
                wanted.args(), spec.process().env(), wanted.cwd(), wanted.user(), wanted.terminal())
            : wanted;
    synchronized (this) {
      if (closed) {
        throw gone();
      }
      String name = "exec-" + ++count;
      Path file = bundle.resolve(name + ".json");
      RuntimeSpec.write(json.process(full, user, owner.options()), file);
      Path pidFile = bundle.resolve(name + ".pid");
      Path log = bundle.resolve(name + ".log");
      RunningProcess started =
          RunningProcess.start(
              runtime.exec(id, file, pidFile, log), pidFile, log, io, full.terminal(), () -> false);
      further.add(started);
      return started;
    }
  }

  private ContainerException gone() {
    return new ContainerException(Kind.GONE, "container " + id + " has stopped");
  }

  @Override
  public void close() {
    List<RunningProcess> others;
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      others = List.copyOf(further);
    }
    boolean interrupted = false;
    @Nullable IOException failure = null;
    try {
      // With its first process all others of the container's pid namespace end.
      if (!process.stop(owner.options().grace())) {
        failure = new IOException("container " + id + " did not end");
      }
    } catch (IOException e) {
      failure = e;
    }
    interrupted |= Thread.interrupted();
    try {
      if (runtime.knows(id)) {
        runtime.delete(id);
      }
    } catch (IOException e) {
      failure = e;
    }
    process.abandon();
    for (RunningProcess other : others) {
      try {
        other.stop(Duration.ZERO);
      } catch (IOException e) {
        failure = e;
      }
      other.abandon();
    }
    try {
      stubs.remove(root);
    } catch (IOException e) {
      failure = e;
    }
    root.close();
    try {
      ControlGroups.remove(cgroup);
      Bundles.delete(bundle);
    } catch (IOException e) {
      failure = e;
    }
    owner.closed(this);
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    if (failure != null) {
      LOG.warn("container {} was not removed cleanly", id, failure);
    }
  }
}
