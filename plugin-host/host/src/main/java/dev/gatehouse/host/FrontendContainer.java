package dev.gatehouse.host;

import dev.gatehouse.frontend.Container;
import dev.gatehouse.frontend.ContainerMount;
import dev.gatehouse.frontend.ContainerProcess;
import dev.gatehouse.frontend.ContainerRequest;
import dev.gatehouse.frontend.FileStat;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.FrontendException.Category;
import dev.gatehouse.frontend.ProcessRequest;
import dev.gatehouse.frontend.Reference;
import dev.gatehouse.frontend.StatusCode;
import dev.gatehouse.protocol.pb.CacheOpt;
import dev.gatehouse.protocol.pb.CacheSharingOpt;
import dev.gatehouse.protocol.pb.Mount;
import dev.gatehouse.protocol.pb.MountType;
import dev.gatehouse.protocol.pb.SSHOpt;
import dev.gatehouse.protocol.pb.SecretOpt;
import dev.gatehouse.protocol.pb.TmpfsOpt;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.exec.ContainerException;
import dev.gatehouse.solver.exec.ExitStatus;
import dev.gatehouse.solver.exec.ExtraHost;
import dev.gatehouse.solver.exec.NetworkMode;
import dev.gatehouse.solver.exec.OutputSink;
import dev.gatehouse.solver.exec.SecurityMode;
import dev.gatehouse.solver.store.ImmutableReference;
import dev.gatehouse.solver.worker.exec.GatewayContainer;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A frontend's container, run by the worker. */
final class FrontendContainer implements Container {
  private static final Map<String, Integer> SIGNALS =
      Map.ofEntries(
          Map.entry("HUP", 1),
          Map.entry("INT", 2),
          Map.entry("QUIT", 3),
          Map.entry("ABRT", 6),
          Map.entry("KILL", 9),
          Map.entry("USR1", 10),
          Map.entry("USR2", 12),
          Map.entry("PIPE", 13),
          Map.entry("ALRM", 14),
          Map.entry("TERM", 15),
          Map.entry("CHLD", 17),
          Map.entry("CONT", 18),
          Map.entry("STOP", 19),
          Map.entry("TSTP", 20),
          Map.entry("WINCH", 28));

  private final HostedBuild build;
  private final GatewayContainer container;

  private FrontendContainer(HostedBuild build, GatewayContainer container) {
    this.build = build;
    this.container = container;
  }

  /** Prepares a container; its mounts are solved now. */
  static FrontendContainer open(HostedBuild build, ContainerRequest request)
      throws FrontendException, InterruptedException {
    if (request.network() == ContainerRequest.Network.HOST) {
      requireEntitlement(build, "network.host");
    }
    List<GatewayContainer.MountRequest> mounts = new ArrayList<>();
    for (ContainerMount mount : request.mounts()) {
      mounts.add(mount(mount));
    }
    NetworkMode network =
        switch (request.network()) {
          case DEFAULT -> NetworkMode.DEFAULT;
          case HOST -> NetworkMode.HOST;
          case NONE -> NetworkMode.NONE;
        };
    try {
      List<ExtraHost> hosts = new ArrayList<>();
      for (ContainerRequest.HostAddress host : request.extraHosts()) {
        hosts.add(new ExtraHost(host.host(), host.address()));
      }
      GatewayContainer container =
          GatewayContainer.open(
              build.build().worker().services().exec(),
              new GatewayContainer.Request("", mounts, network, request.hostname(), hosts),
              build.build().request().sessions());
      return new FrontendContainer(build, container);
    } catch (IllegalArgumentException e) {
      throw FrontendException.builder(Category.USER, String.valueOf(e.getMessage()))
          .cause(e)
          .build();
    } catch (SolveException e) {
      throw Failures.of(e, null);
    } catch (IOException e) {
      throw Failures.of(e);
    }
  }

  private static void requireEntitlement(HostedBuild build, String entitlement)
      throws FrontendException {
    if (!build.build().request().facts().entitlements().contains(entitlement)) {
      throw FrontendException.builder(Category.USER, entitlement + " is not allowed")
          .status(StatusCode.PERMISSION_DENIED)
          .code("entitlement.missing")
          .hint("the build must ask for it: --allow " + entitlement)
          .build();
    }
  }

  private static GatewayContainer.MountRequest mount(ContainerMount mount)
      throws FrontendException, InterruptedException {
    Mount.Builder message = Mount.newBuilder().setDest(mount.destination());
    Optional<ImmutableReference> tree = Optional.empty();
    switch (mount) {
      case ContainerMount.Bind bind -> {
        // The id is also there when it names a reference of this build, which has been found by it.
        if (bind.referenceOrNull() == null && !bind.resultId().isEmpty()) {
          throw FrontendException.builder(
                  Category.ENVIRONMENT,
                  "containers over the results of a failed step are not available in Gatehouse")
              .status(StatusCode.UNIMPLEMENTED)
              .build();
        }
        message.setSelector(bind.selector()).setReadonly(bind.readonly());
        tree = tree(bind.referenceOrNull());
      }
      case ContainerMount.Cache cache -> {
        message
            .setMountType(MountType.CACHE)
            .setSelector(cache.selector())
            .setReadonly(cache.readonly())
            .setCacheOpt(
                CacheOpt.newBuilder()
                    .setID(cache.id())
                    .setSharing(
                        switch (cache.sharing()) {
                          case SHARED -> CacheSharingOpt.SHARED;
                          case PRIVATE -> CacheSharingOpt.PRIVATE;
                          case LOCKED -> CacheSharingOpt.LOCKED;
                        }));
        tree = tree(cache.seedOrNull());
      }
      case ContainerMount.Tmpfs tmpfs ->
          message
              .setMountType(MountType.TMPFS)
              .setTmpfsOpt(TmpfsOpt.newBuilder().setSize(tmpfs.sizeBytes()));
      case ContainerMount.Secret secret ->
          message
              .setMountType(MountType.SECRET)
              .setSecretOpt(
                  SecretOpt.newBuilder()
                      .setID(secret.id())
                      .setUid(secret.userId())
                      .setGid(secret.groupId())
                      .setMode(secret.mode())
                      .setOptional(secret.optional()));
      case ContainerMount.Ssh ssh ->
          message
              .setMountType(MountType.SSH)
              .setSSHOpt(
                  SSHOpt.newBuilder()
                      .setID(ssh.id())
                      .setUid(ssh.userId())
                      .setGid(ssh.groupId())
                      .setMode(ssh.mode())
                      .setOptional(ssh.optional()));
    }
    return new GatewayContainer.MountRequest(message.build().toByteArray(), tree);
  }

  private static Optional<ImmutableReference> tree(@Nullable Reference reference)
      throws FrontendException, InterruptedException {
    if (reference == null) {
      return Optional.empty();
    }
    if (reference instanceof SolvedReference solved) {
      return solved.result().reference();
    }
    throw FrontendException.internal("a reference of another build");
  }

  @Override
  public ContainerProcess start(ProcessRequest request)
      throws FrontendException, InterruptedException {
    if (request.insecure()) {
      requireEntitlement(build, "security.insecure");
    }
    List<GatewayContainer.SecretVariable> secrets = new ArrayList<>();
    for (ProcessRequest.SecretVariable secret : request.secretEnvironment()) {
      secrets.add(
          new GatewayContainer.SecretVariable(secret.id(), secret.name(), secret.optional()));
    }
    try {
      return new Process(
          build.activity(),
          container.start(
              new GatewayContainer.ProcessRequest(
                  request.arguments(),
                  request.environment(),
                  secrets,
                  request.directory(),
                  request.user(),
                  request.terminal(),
                  request.insecure() ? SecurityMode.INSECURE : SecurityMode.SANDBOX,
                  request.removeMountStubsRecursive(),
                  request.stdin(),
                  sink(request.stdoutOrNull()),
                  sink(request.stderrOrNull()))));
    } catch (SolveException e) {
      throw Failures.of(e, null);
    } catch (IOException e) {
      throw Failures.of(e);
    }
  }

  private static OutputSink sink(@Nullable OutputStream stream) {
    return stream == null
        ? OutputSink.DISCARD
        : (data, offset, length) -> {
          stream.write(data, offset, length);
          stream.flush();
        };
  }

  @Override
  public byte[] readFile(int mountIndex, String path, long offset, long length)
      throws FrontendException, InterruptedException {
    try {
      return ReferenceFiles.read(container.root(mountIndex), path, offset, length);
    } catch (SolveException e) {
      throw Failures.of(e, null);
    } catch (IOException e) {
      throw Failures.of(e);
    }
  }

  @Override
  public List<FileStat> readDir(int mountIndex, String path, Optional<String> includePattern)
      throws FrontendException, InterruptedException {
    try {
      return ReferenceFiles.list(container.root(mountIndex), path, includePattern);
    } catch (SolveException e) {
      throw Failures.of(e, null);
    } catch (IOException e) {
      throw Failures.of(e);
    }
  }

  @Override
  public FileStat statFile(int mountIndex, String path)
      throws FrontendException, InterruptedException {
    try {
      return ReferenceFiles.stat(container.root(mountIndex), path);
    } catch (SolveException e) {
      throw Failures.of(e, null);
    } catch (IOException e) {
      throw Failures.of(e);
    }
  }

  @Override
  public void close() {
    container.close();
  }

  private record Process(Activity activity, dev.gatehouse.solver.exec.ContainerProcess process)
      implements ContainerProcess {
    @Override
    public int waitFor() throws FrontendException, InterruptedException {
      try (Activity.Call call = activity.call()) {
        ExitStatus status = process.await();
        return status.code();
      } catch (ContainerException e) {
        throw Failures.of(e);
      }
    }

    @Override
    public void resize(int rows, int columns) throws FrontendException, InterruptedException {
      try {
        process.resize(rows, columns);
      } catch (IOException e) {
        throw Failures.of(e);
      }
    }

    @Override
    public void signal(String name) throws FrontendException, InterruptedException {
      String bare = name.toUpperCase(Locale.ROOT);
      Integer number = SIGNALS.get(bare.startsWith("SIG") ? bare.substring(3) : bare);
      if (number == null) {
        throw FrontendException.user("unknown signal " + name);
      }
      try {
        process.signal(number);
      } catch (IOException e) {
        throw Failures.of(e);
      }
    }
  }
}
