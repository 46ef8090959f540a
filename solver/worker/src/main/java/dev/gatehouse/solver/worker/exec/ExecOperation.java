package dev.gatehouse.solver.worker.exec;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.gatehouse.llb.oci.Platform;
import dev.gatehouse.protocol.pb.ExecOp;
import dev.gatehouse.protocol.pb.Meta;
import dev.gatehouse.protocol.pb.NetMode;
import dev.gatehouse.protocol.pb.Op;
import dev.gatehouse.protocol.pb.OpMetadata;
import dev.gatehouse.protocol.pb.SecurityMode;
import dev.gatehouse.solver.core.CacheMap;
import dev.gatehouse.solver.core.ErrorCategory;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.core.VertexProgress;
import dev.gatehouse.solver.exec.ClippedLog;
import dev.gatehouse.solver.exec.Container;
import dev.gatehouse.solver.exec.ContainerException;
import dev.gatehouse.solver.exec.ContainerMount;
import dev.gatehouse.solver.exec.ContainerSpec;
import dev.gatehouse.solver.exec.ExitStatus;
import dev.gatehouse.solver.exec.LinuxResources;
import dev.gatehouse.solver.exec.NetworkMode;
import dev.gatehouse.solver.exec.ProcessIo;
import dev.gatehouse.solver.exec.ProcessSpec;
import dev.gatehouse.solver.store.ImmutableReference;
import dev.gatehouse.solver.worker.op.LlbOperation;
import dev.gatehouse.solver.worker.op.OperationContext;
import dev.gatehouse.solver.worker.op.OperationFactory;
import dev.gatehouse.solver.worker.op.WorkerResult;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Runs a process in a container over the operation's inputs and commits the trees that it wrote.
 *
 * <p>A process that ends with another exit code than it may fails the operation with an {@link
 * ExecException} that says what BuildKit says; the end of its output, where it was clipped, is
 * reported before.
 */
public final class ExecOperation implements LlbOperation {
  private static final String ROOT = "/";

  private final ExecServices services;
  private final ExecOp op;
  private final Platform platform;
  private final int inputs;
  private final LinuxResources resources;

  private ExecOperation(
      ExecServices services, ExecOp op, Platform platform, int inputs, LinuxResources resources) {
    this.services = services;
    this.op = op;
    this.platform = platform;
    this.inputs = inputs;
    this.resources = resources;
  }

  /** Makes exec operations over these services. */
  public static OperationFactory factory(ExecServices services) {
    return request -> {
      try {
        Op op = Op.parseFrom(request.op());
        OpMetadata metadata = OpMetadata.parseFrom(request.metadata());
        return new ExecOperation(
            services,
            checked(op.getExec()),
            request.platform(),
            op.getInputsCount(),
            ExecValues.resources(metadata.getLinuxResources()));
      } catch (InvalidProtocolBufferException e) {
        throw new SolveException(
            "definition.invalid", ErrorCategory.USER, "failed to parse llb proto op", e);
      } catch (IllegalArgumentException e) {
        throw invalid(String.valueOf(e.getMessage()));
      }
    };
  }

  private static ExecOp checked(ExecOp op) throws SolveException {
    if (!op.hasMeta()) {
      throw invalid("invalid exec op with no meta");
    }
    if (op.getMeta().getArgsCount() == 0) {
      throw invalid("invalid exec op with no args");
    }
    if (op.getMountsCount() == 0) {
      throw invalid("invalid exec op with no mounts");
    }
    if (op.getMountsList().stream().noneMatch(m -> m.getDest().equals(ROOT))) {
      throw invalid("invalid exec op with no rootfs");
    }
    return op;
  }

  private static SolveException invalid(String message) {
    return new SolveException("exec.invalid", ErrorCategory.USER, message);
  }

  @Override
  public CacheMap<WorkerResult> cacheMap(OperationContext context) throws SolveException {
    requireEntitlements(context);
    try {
      return ExecCacheKey.of(op, platform, inputs, services.contents()::digestOf);
    } catch (IllegalArgumentException e) {
      throw invalid(String.valueOf(e.getMessage()));
    }
  }

  private void requireEntitlements(OperationContext context) throws SolveException {
    if (op.getNetwork() == NetMode.HOST) {
      require(context, "network.host");
    }
    if (op.getSecurity() == SecurityMode.INSECURE) {
      require(context, "security.insecure");
    }
  }

  private static void require(OperationContext context, String entitlement) throws SolveException {
    if (!context.facts().entitlements().contains(entitlement)) {
      throw new SolveException(
          "entitlement.missing", ErrorCategory.USER, entitlement + " is not allowed");
    }
  }

  @Override
  public List<WorkerResult> execute(List<WorkerResult> given, OperationContext context)
      throws SolveException, IOException, InterruptedException {
    requireEntitlements(context);
    String command = String.join(" ", op.getMeta().getArgsList());
    try (PreparedMounts mounts =
        PreparedMounts.prepare(
            services,
            "exec " + command,
            mount -> "mount " + mount.getDest() + " from exec " + command,
            context.sessions(),
            op.getMeta().getCwd(),
            op.getMountsList(),
            given)) {
      Optional<Failure> failure = run(specification(mounts, context), context.progress());
      mounts.unmount();
      if (failure.isEmpty()) {
        return mounts.commitOutputs();
      }
      throw failed(failure.get(), command, mounts, given, context);
    } catch (IllegalArgumentException e) {
      // A value of the message that a container cannot have: a path with a NUL, a limit below zero.
      throw new SolveException(
          "exec.invalid", ErrorCategory.USER, String.valueOf(e.getMessage()), e);
    }
  }

  /** Why a process did not end as it should. */
  private record Failure(
      ErrorCategory category, String message, int exitCode, Optional<IOException> cause) {}

  private ExecException failed(
      Failure failure,
      String command,
      PreparedMounts mounts,
      List<WorkerResult> given,
      OperationContext context)
      throws IOException {
    List<Optional<ImmutableReference>> left = mounts.commitAll(op.getMountsCount());
    Set<String> inputs = new HashSet<>();
    given.forEach(input -> input.reference().ifPresent(r -> inputs.add(r.id())));
    for (Optional<ImmutableReference> tree : left) {
      if (tree.isPresent() && !inputs.contains(tree.get().id())) {
        String id = tree.get().id();
        context.onRelease(() -> discard(id));
      }
    }
    context.keep(left.stream().flatMap(Optional::stream).toList());
    String message =
        "process "
            + GoQuote.quote(command)
            + " did not complete successfully: "
            + failure.message();
    return failure.cause().isPresent()
        ? new ExecException(
            failure.category(), message, failure.exitCode(), left, failure.cause().get())
        : new ExecException(message, failure.exitCode(), left);
  }

  /** Removes what a failed process wrote, unless somebody who looked into it still holds it. */
  private void discard(String id) {
    try {
      services.references().delete(id);
    } catch (IOException e) {
      System.getLogger(ExecOperation.class.getName())
          .log(System.Logger.Level.WARNING, "dropping the tree of a failed process: " + id, e);
    }
  }

  private Optional<Failure> run(ContainerSpec spec, VertexProgress progress)
      throws IOException, InterruptedException {
    ClippedLog stdout = new ClippedLog((b, offset, n) -> progress.log(1, copy(b, offset, n)));
    ClippedLog stderr = new ClippedLog((b, offset, n) -> progress.log(2, copy(b, offset, n)));
    Optional<Failure> failure;
    try (Container container = services.runtime().start(spec, ProcessIo.output(stdout, stderr))) {
      for (String warning : container.warnings()) {
        progress.warn(warning, List.of(), "");
      }
      ExitStatus status = container.process().await();
      failure = isValid(status.code()) ? Optional.empty() : Optional.of(failure(status));
    } catch (ContainerException e) {
      ErrorCategory category =
          switch (e.kind()) {
            case SPECIFICATION -> ErrorCategory.USER;
            case HOST -> ErrorCategory.ENVIRONMENT;
            case GONE -> ErrorCategory.INTERNAL;
          };
      failure =
          Optional.of(
              new Failure(
                  category, String.valueOf(e.getMessage()), ExitStatus.UNKNOWN, Optional.of(e)));
    }
    if (failure.isPresent()) {
      stdout.flushTail();
      stderr.flushTail();
    }
    return failure;
  }

  private static byte[] copy(byte[] data, int offset, int length) {
    return Arrays.copyOfRange(data, offset, offset + length);
  }

  private static Failure failure(ExitStatus status) {
    String message =
        status.outOfMemory() ? "cannot allocate memory" : "exit code: " + status.code();
    return new Failure(ErrorCategory.USER, message, status.code(), Optional.empty());
  }

  private boolean isValid(int exitCode) {
    List<Integer> valid = op.getMeta().getValidExitCodesList();
    return valid.isEmpty() ? exitCode == 0 : valid.contains(exitCode);
  }

  private ContainerSpec specification(PreparedMounts mounts, OperationContext context)
      throws SolveException, IOException, InterruptedException {
    Meta meta = op.getMeta();
    List<String> args = new ArrayList<>(meta.getArgsList());
    Optional<Path> emulator = Optional.empty();
    if (!Emulation.isNative(platform)) {
      emulator = Emulation.emulator(platform);
      if (emulator.isPresent()) {
        args.addFirst(Emulation.MOUNT_POINT);
      } else {
        context
            .progress()
            .warn(
                "no emulator for "
                    + platform
                    + ": register one with the kernel (binfmt_misc) or install buildkit-qemu",
                List.of(),
                "");
      }
    }
    List<String> env = new ArrayList<>(meta.getEnvList());
    if (meta.hasProxyEnv()) {
      env.addAll(ExecValues.proxyEnvironment(meta.getProxyEnv()));
    }
    ExecValues.addDefault(env, "PATH", ExecValues.DEFAULT_PATH);
    env.addAll(ExecValues.secretEnvironment(op.getSecretenvList(), context.sessions()));

    String cwd = meta.getCwd().isEmpty() ? ROOT : meta.getCwd();
    ContainerSpec.Builder spec =
        ContainerSpec.builder(
            mounts.root(), new ProcessSpec(args, env, cwd, meta.getUser(), false));
    mounts.describe(spec);
    emulator.ifPresent(
        path -> spec.mount(ContainerMount.bind(path.toString(), Emulation.MOUNT_POINT, true)));
    NetworkMode network = ExecValues.network(op.getNetwork());
    if (network == NetworkMode.DEFAULT && context.facts().noNetwork()) {
      network = NetworkMode.NONE;
    }
    spec.hostname(meta.getHostname())
        .network(network)
        .security(ExecValues.security(op.getSecurity()))
        .cgroupParent(meta.getCgroupParent())
        .resources(resources)
        .removeStubParents(meta.getRemoveMountStubsRecursive());
    meta.getExtraHostsList().forEach(h -> spec.extraHost(ExecValues.extraHost(h)));
    meta.getUlimitList().forEach(u -> spec.ulimit(ExecValues.ulimit(u)));
    op.getCdiDevicesList().stream()
        .filter(d -> !d.getOptional())
        .forEach(d -> spec.device(d.getName()));
    return spec.build();
  }
}
