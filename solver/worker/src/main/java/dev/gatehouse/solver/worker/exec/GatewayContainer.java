package dev.gatehouse.solver.worker.exec;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.gatehouse.protocol.pb.Mount;
import dev.gatehouse.protocol.pb.SecretEnv;
import dev.gatehouse.solver.core.ErrorCategory;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.exec.Container;
import dev.gatehouse.solver.exec.ContainerException;
import dev.gatehouse.solver.exec.ContainerFile;
import dev.gatehouse.solver.exec.ContainerProcess;
import dev.gatehouse.solver.exec.ContainerSpec;
import dev.gatehouse.solver.exec.ExitStatus;
import dev.gatehouse.solver.exec.ExtraHost;
import dev.gatehouse.solver.exec.NetworkMode;
import dev.gatehouse.solver.exec.OutputSink;
import dev.gatehouse.solver.exec.ProcessIo;
import dev.gatehouse.solver.exec.ProcessSpec;
import dev.gatehouse.solver.exec.SecurityMode;
import dev.gatehouse.solver.linux.RootDirectory;
import dev.gatehouse.solver.store.ImmutableReference;
import dev.gatehouse.solver.store.LocalMount;
import dev.gatehouse.solver.store.Reference;
import dev.gatehouse.solver.worker.op.WorkerResult;
import dev.gatehouse.solver.worker.session.SessionGroup;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A container that a frontend runs processes in. Its mounts are made ready when it is opened; the
 * container itself begins with the first process and ends with it. What is written is dropped when
 * it is closed, but for cache mounts.
 *
 * <p>For several threads at once.
 */
public final class GatewayContainer implements AutoCloseable {
  private static final long NO_INPUT = -1;

  private final ExecServices services;
  private final Request request;
  private final SessionGroup sessions;
  private final PreparedMounts mounts;
  private final int mountCount;

  // Guarded by this.
  private final Map<Integer, Shown> shown = new HashMap<>();
  private @Nullable Container container;
  private boolean closed;

  /** A mount shown to this process, for file calls. */
  private record Shown(LocalMount mount, RootDirectory root) {
    void close() {
      root.close();
      mount.close();
    }
  }

  /**
   * Something to be mounted.
   *
   * @param message the {@code pb.Mount}; its input is ignored
   * @param reference what it mounts, empty for an empty tree and for mounts that are no tree. Stays
   *     the caller's.
   */
  @SuppressWarnings("ArrayRecordComponent") // a wire message, which nobody compares
  public record MountRequest(byte[] message, Optional<ImmutableReference> reference) {}

  /**
   * A container to be made.
   *
   * @param id unique among the running containers of the worker; empty for one that is made up
   * @param mounts one of them at {@code /}
   * @param hostname empty for the default
   * @param files in memory, which it sees read-only
   */
  public record Request(
      String id,
      List<MountRequest> mounts,
      NetworkMode network,
      String hostname,
      List<ExtraHost> extraHosts,
      List<ContainerFile> files) {
    public Request {
      mounts = List.copyOf(mounts);
      extraHosts = List.copyOf(extraHosts);
      files = List.copyOf(files);
    }

    /** A container without files in memory. */
    public Request(
        String id,
        List<MountRequest> mounts,
        NetworkMode network,
        String hostname,
        List<ExtraHost> extraHosts) {
      this(id, mounts, network, hostname, extraHosts, List.of());
    }
  }

  /**
   * A variable whose value is a secret of the client.
   *
   * @param optional whether it is empty where the client has no such secret
   */
  public record SecretVariable(String id, String name, boolean optional) {}

  /**
   * A process to be started.
   *
   * @param cwd empty for {@code /}
   * @param user empty for root, or in a further process for the first one's
   * @param terminal whether its streams are a terminal; output is then all on stdout
   * @param security of the container: that of its first process counts
   * @param removeStubParents see {@link ContainerSpec}
   */
  public record ProcessRequest(
      List<String> args,
      List<String> env,
      List<SecretVariable> secrets,
      String cwd,
      String user,
      boolean terminal,
      SecurityMode security,
      boolean removeStubParents,
      Optional<InputStream> stdin,
      OutputSink stdout,
      OutputSink stderr) {
    public ProcessRequest {
      args = List.copyOf(args);
      env = List.copyOf(env);
      secrets = List.copyOf(secrets);
    }
  }

  private GatewayContainer(
      ExecServices services,
      Request request,
      SessionGroup sessions,
      PreparedMounts mounts,
      int mountCount) {
    this.services = services;
    this.request = request;
    this.sessions = sessions;
    this.mounts = mounts;
    this.mountCount = mountCount;
  }

  /**
   * Makes the mounts ready. What the caller may use (host network, references) it has checked.
   *
   * @param sessions asked for secrets and agents
   */
  public static GatewayContainer open(ExecServices services, Request request, SessionGroup sessions)
      throws SolveException, IOException, InterruptedException {
    List<Mount> messages = new ArrayList<>();
    List<WorkerResult> inputs = new ArrayList<>();
    for (MountRequest mount : request.mounts()) {
      Mount.Builder message;
      try {
        message = Mount.parseFrom(mount.message()).toBuilder();
      } catch (InvalidProtocolBufferException e) {
        throw new SolveException(
            "container.invalid", ErrorCategory.USER, "failed to parse mount", e);
      }
      if (mount.reference().isPresent()) {
        message.setInput(inputs.size());
        inputs.add(new WorkerResult(mount.reference()));
      } else {
        message.setInput(NO_INPUT);
      }
      messages.add(message.build());
    }
    String name = "container " + request.id();
    PreparedMounts mounts =
        PreparedMounts.prepare(
            services,
            name,
            mount -> "mount " + mount.getDest() + " of " + name,
            sessions,
            "",
            messages,
            inputs);
    return new GatewayContainer(services, request, sessions, mounts, messages.size());
  }

  /**
   * Starts a process: the first one with the container, a further one once the first one runs.
   *
   * @throws ContainerException if that is not possible; a process that turns out not to be
   *     startable tells it when awaited
   */
  public ContainerProcess start(ProcessRequest process)
      throws SolveException, IOException, InterruptedException {
    List<String> env = new ArrayList<>(process.env());
    ExecValues.addDefault(env, "PATH", ExecValues.DEFAULT_PATH);
    if (process.terminal()) {
      ExecValues.addDefault(env, "TERM", "xterm");
    }
    List<SecretEnv> secrets = new ArrayList<>();
    for (SecretVariable secret : process.secrets()) {
      secrets.add(
          SecretEnv.newBuilder()
              .setID(secret.id())
              .setName(secret.name())
              .setOptional(secret.optional())
              .build());
    }
    env.addAll(ExecValues.secretEnvironment(secrets, sessions));
    try {
      ProcessSpec spec =
          new ProcessSpec(
              process.args(),
              env,
              process.cwd().isEmpty() ? "/" : process.cwd(),
              process.user(),
              process.terminal());
      ProcessIo io = new ProcessIo(process.stdin(), process.stdout(), process.stderr());
      return start(process, spec, io);
    } catch (IllegalArgumentException e) {
      throw new SolveException(
          "container.invalid", ErrorCategory.USER, String.valueOf(e.getMessage()), e);
    }
  }

  private ContainerProcess start(ProcessRequest process, ProcessSpec spec, ProcessIo io)
      throws IOException, InterruptedException {
    Container running;
    synchronized (this) {
      if (closed) {
        throw new ContainerException(
            ContainerException.Kind.GONE, "container " + request.id() + " is closed");
      }
      running = container;
      if (running == null) {
        ContainerSpec.Builder all =
            ContainerSpec.builder(mounts.root(), spec)
                .id(request.id())
                .hostname(request.hostname())
                .network(request.network())
                .security(process.security())
                .removeStubParents(process.removeStubParents());
        mounts.describe(all);
        request.extraHosts().forEach(all::extraHost);
        request.files().forEach(all::file);
        running = services.runtime().start(all.build(), io);
        container = running;
        return running.process();
      }
    }
    return running.exec(spec, io);
  }

  /**
   * A mount as its processes see it, for reading files; open as long as this container.
   *
   * @param index the mount's position in the request
   */
  public RootDirectory root(int index) throws SolveException, IOException, InterruptedException {
    if (index < 0 || index >= mountCount) {
      throw new SolveException(
          "container.invalid",
          ErrorCategory.USER,
          "mount index " + index + " is out of bounds (" + mountCount + " available)");
    }
    Optional<Reference> tree = mounts.tree(index);
    if (tree.isEmpty()) {
      throw new SolveException(
          "container.invalid", ErrorCategory.USER, "mountable " + index + " not found");
    }
    synchronized (this) {
      if (closed) {
        throw new ContainerException(
            ContainerException.Kind.GONE, "container " + request.id() + " is closed");
      }
      Shown known = shown.get(index);
      if (known == null) {
        LocalMount mount = tree.get().localMount(true);
        try {
          known = new Shown(mount, RootDirectory.open(mount.path()));
        } catch (IOException e) {
          mount.close();
          throw e;
        }
        shown.put(index, known);
      }
      return known.root();
    }
  }

  /** The message that an ended process of a build step would fail with; empty if it ended well. */
  public static Optional<String> failure(ExitStatus status) {
    if (status.isSuccess()) {
      return Optional.empty();
    }
    return Optional.of(
        status.outOfMemory() ? "cannot allocate memory" : "exit code: " + status.code());
  }

  /** Ends all processes and gives the mounts back. Idempotent. */
  @Override
  public void close() {
    @Nullable Container running;
    List<Shown> open;
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      running = container;
      open = List.copyOf(shown.values());
    }
    if (running != null) {
      running.close();
    }
    open.forEach(Shown::close);
    mounts.close();
  }
}
