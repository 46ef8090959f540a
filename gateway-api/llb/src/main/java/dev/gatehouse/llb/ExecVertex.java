package dev.gatehouse.llb;

import dev.gatehouse.protocol.pb.CDIDevice;
import dev.gatehouse.protocol.pb.CacheOpt;
import dev.gatehouse.protocol.pb.CacheSharingOpt;
import dev.gatehouse.protocol.pb.ExecOp;
import dev.gatehouse.protocol.pb.HostIP;
import dev.gatehouse.protocol.pb.Input;
import dev.gatehouse.protocol.pb.Meta;
import dev.gatehouse.protocol.pb.MountContentCache;
import dev.gatehouse.protocol.pb.MountType;
import dev.gatehouse.protocol.pb.NetMode;
import dev.gatehouse.protocol.pb.Op;
import dev.gatehouse.protocol.pb.SSHOpt;
import dev.gatehouse.protocol.pb.SecretEnv;
import dev.gatehouse.protocol.pb.SecretOpt;
import dev.gatehouse.protocol.pb.TmpfsOpt;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** An operation that runs a command. */
final class ExecVertex extends Vertex {
  private static final long NO_INPUT = -1;
  private static final long NO_OUTPUT = -1;
  private static final String DEFAULT_PATH =
      "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  private final Settings settings;

  /** In order of their targets, which is the order on the wire. */
  private final List<Mount> mounts;

  private final List<Secret> secrets;
  private final List<SshSocket> sockets;
  private final List<Device> devices;
  private final @Nullable ProxyEnv proxy;
  private final Constraints constraints;

  ExecVertex(
      Settings settings,
      List<Mount> mounts,
      List<Secret> secrets,
      List<SshSocket> sockets,
      List<Device> devices,
      @Nullable ProxyEnv proxy,
      Constraints constraints) {
    this.settings = settings;
    List<Mount> sorted = new ArrayList<>(mounts);
    sorted.sort((a, b) -> a.target().compareTo(b.target()));
    this.mounts = sorted;
    this.secrets = List.copyOf(secrets);
    List<SshSocket> named = new ArrayList<>();
    for (SshSocket socket : sockets) {
      named.add(
          socket.target().isEmpty()
              ? new SshSocket(
                  socket.id(),
                  "/run/buildkit/ssh_agent." + named.size(),
                  socket.mode(),
                  socket.uid(),
                  socket.gid(),
                  socket.optional())
              : socket);
    }
    this.sockets = named;
    this.devices = List.copyOf(devices);
    this.proxy = proxy;
    this.constraints = constraints;
  }

  Constraints constraints() {
    return constraints;
  }

  int outputIndex(Mount mount) {
    int index = 0;
    for (Mount m : mounts) {
      if (m == mount) {
        return index;
      }
      if (m.hasOutput()) {
        index++;
      }
    }
    throw new LlbException("invalid mount: " + mount.target());
  }

  @Override
  List<Output> inputs() {
    List<Output> inputs = new ArrayList<>();
    Set<Output> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    for (Mount mount : mounts) {
      Output source = mount.source().output();
      if (source != null && seen.add(source)) {
        inputs.add(source);
      }
    }
    return inputs;
  }

  @Override
  Encoded encode(Marshaller marshaller) {
    if (settings.args().isEmpty()) {
      throw new LlbException("arguments are required");
    }
    if (settings.directory().isEmpty()) {
      throw new LlbException("working directory is required");
    }
    List<String> capabilities = new ArrayList<>();
    Constraints c =
        constraints.platform() != null
            ? constraints
            : new Constraints(
                settings.platform(),
                constraints.workerFilters(),
                constraints.metadata(),
                constraints.locations());
    ExecOp.Builder exec = ExecOp.newBuilder().setMeta(meta(marshaller, c, capabilities));
    switch (settings.network()) {
      case SANDBOX -> {}
      case HOST -> exec.setNetwork(NetMode.HOST);
      case NONE -> exec.setNetwork(NetMode.NONE);
    }
    if (settings.network() != NetworkMode.SANDBOX) {
      capabilities.add(Capability.EXEC_META_NETWORK);
    }
    if (settings.security() == SecurityMode.INSECURE) {
      exec.setSecurity(dev.gatehouse.protocol.pb.SecurityMode.INSECURE);
      capabilities.add(Capability.EXEC_META_SECURITY);
    }
    for (Device device : devices) {
      capabilities.add(Capability.EXEC_META_CDI);
      exec.addCdiDevices(
          CDIDevice.newBuilder().setName(device.name()).setOptional(device.optional()));
    }
    Op.Builder op = marshaller.op(c, true);
    int outputs = 0;
    for (Mount mount : mounts) {
      addCapabilities(mount, capabilities);
      long input = NO_INPUT;
      Output source = mount.source().output();
      if (source != null) {
        input = input(op, marshaller.input(source));
      }
      exec.addMounts(encode(mount, input, mount.hasOutput() ? outputs++ : NO_OUTPUT));
    }
    addSecrets(exec, capabilities);
    addSockets(exec, capabilities);
    Constraints all = c.withCapability(capabilities.toArray(String[]::new));
    return Encoded.of(op.setExec(exec), all.metadata(), all.locations());
  }

  /** The index of an input, which is added if it is not there. */
  private static int input(Op.Builder op, Input input) {
    for (int i = 0; i < op.getInputsCount(); i++) {
      if (op.getInputs(i).equals(input)) {
        return i;
      }
    }
    op.addInputs(input);
    return op.getInputsCount() - 1;
  }

  private Meta.Builder meta(Marshaller marshaller, Constraints c, List<String> capabilities) {
    Environment env = settings.environment();
    if (!sockets.isEmpty() && env.get("SSH_AUTH_SOCK") == null) {
      env = env.with("SSH_AUTH_SOCK", sockets.get(0).target());
    }
    var known = marshaller.options().capabilities();
    if (known != null) {
      if (known.test(Capability.EXEC_META_SETS_DEFAULT_PATH)) {
        capabilities.add(Capability.EXEC_META_SETS_DEFAULT_PATH);
      } else if (env.get("PATH") == null && !marshaller.defaultOs().equals("windows")) {
        env = env.with("PATH", DEFAULT_PATH);
      }
    }
    Meta.Builder meta =
        Meta.newBuilder()
            .addAllArgs(settings.args())
            .addAllEnv(env.toList())
            .setCwd(settings.directory())
            .setUser(settings.user())
            .setHostname(settings.hostname())
            .setCgroupParent(settings.cgroupParent())
            .setRemoveMountStubsRecursive(true);
    if (settings.validExitCodes() != null) {
      meta.addAllValidExitCodes(settings.validExitCodes());
      capabilities.add(Capability.EXEC_VALID_EXIT_CODE);
    }
    for (State.ExtraHost host : settings.extraHosts()) {
      meta.addExtraHosts(HostIP.newBuilder().setHost(host.host()).setIP(host.address()));
    }
    for (State.Ulimit ulimit : settings.ulimits()) {
      capabilities.add(Capability.EXEC_META_ULIMIT);
      meta.addUlimit(
          dev.gatehouse.protocol.pb.Ulimit.newBuilder()
              .setName(ulimit.name())
              .setSoft(ulimit.soft())
              .setHard(ulimit.hard()));
    }
    if (c.metadata().linuxResources() != null) {
      capabilities.add(Capability.EXEC_META_LINUX_RESOURCES);
    }
    if (proxy != null) {
      capabilities.add(Capability.EXEC_META_PROXY);
      meta.setProxyEnv(
          dev.gatehouse.protocol.pb.ProxyEnv.newBuilder()
              .setHttpProxy(proxy.httpProxy())
              .setHttpsProxy(proxy.httpsProxy())
              .setFtpProxy(proxy.ftpProxy())
              .setNoProxy(proxy.noProxy())
              .setAllProxy(proxy.allProxy()));
    }
    capabilities.add(Capability.EXEC_META_BASE);
    return meta;
  }

  private static void addCapabilities(Mount mount, List<String> capabilities) {
    if (!mount.selector().isEmpty()) {
      capabilities.add(Capability.EXEC_MOUNT_SELECTOR);
    }
    if (!mount.cacheId().isEmpty()) {
      capabilities.add(Capability.EXEC_MOUNT_CACHE);
      capabilities.add(Capability.EXEC_MOUNT_CACHE_SHARING);
    } else if (mount.tmpfs()) {
      capabilities.add(Capability.EXEC_MOUNT_TMPFS);
      if (mount.tmpfsSize() > 0) {
        capabilities.add(Capability.EXEC_MOUNT_TMPFS_SIZE);
      }
    } else if (!mount.source().isScratch()) {
      capabilities.add(Capability.EXEC_MOUNT_BIND);
    }
    if (mount.contentCache() != ContentCache.DEFAULT) {
      capabilities.add(Capability.EXEC_MOUNT_CONTENT_CACHE);
    }
  }

  private static dev.gatehouse.protocol.pb.Mount.Builder encode(
      Mount mount, long input, long output) {
    var out =
        dev.gatehouse.protocol.pb.Mount.newBuilder()
            .setInput(input)
            .setDest(mount.target())
            .setReadonly(mount.readOnly())
            .setOutput(output)
            .setSelector(mount.selector())
            .setContentCache(
                switch (mount.contentCache()) {
                  case DEFAULT -> MountContentCache.DEFAULT;
                  case ON -> MountContentCache.ON;
                  case OFF -> MountContentCache.OFF;
                });
    if (!mount.cacheId().isEmpty()) {
      out.setMountType(MountType.CACHE)
          .setCacheOpt(
              CacheOpt.newBuilder()
                  .setID(mount.cacheId())
                  .setSharing(
                      switch (mount.sharing()) {
                        case SHARED -> CacheSharingOpt.SHARED;
                        case PRIVATE -> CacheSharingOpt.PRIVATE;
                        case LOCKED -> CacheSharingOpt.LOCKED;
                      }));
    }
    if (mount.tmpfs()) {
      out.setMountType(MountType.TMPFS)
          .setTmpfsOpt(TmpfsOpt.newBuilder().setSize(mount.tmpfsSize()));
    }
    return out;
  }

  private void addSecrets(ExecOp.Builder exec, List<String> capabilities) {
    for (Secret secret : secrets) {
      capabilities.add(Capability.EXEC_MOUNT_SECRET);
      if (secret.env() != null) {
        capabilities.add(Capability.EXEC_SECRET_ENV);
        exec.addSecretenv(
            SecretEnv.newBuilder()
                .setID(secret.id())
                .setName(secret.env())
                .setOptional(secret.optional()));
      }
      if (secret.target() != null) {
        exec.addMounts(
            dev.gatehouse.protocol.pb.Mount.newBuilder()
                .setInput(NO_INPUT)
                .setDest(secret.target())
                .setMountType(MountType.SECRET)
                .setSecretOpt(
                    SecretOpt.newBuilder()
                        .setID(secret.id())
                        .setUid(secret.uid())
                        .setGid(secret.gid())
                        .setOptional(secret.optional())
                        .setMode(secret.mode())));
      }
    }
  }

  private void addSockets(ExecOp.Builder exec, List<String> capabilities) {
    for (SshSocket socket : sockets) {
      capabilities.add(Capability.EXEC_MOUNT_SSH);
      exec.addMounts(
          dev.gatehouse.protocol.pb.Mount.newBuilder()
              .setInput(NO_INPUT)
              .setDest(socket.target())
              .setMountType(MountType.SSH)
              .setSSHOpt(
                  SSHOpt.newBuilder()
                      .setID(socket.id())
                      .setUid(socket.uid())
                      .setGid(socket.gid())
                      .setMode(socket.mode())
                      .setOptional(socket.optional())));
    }
  }
}
