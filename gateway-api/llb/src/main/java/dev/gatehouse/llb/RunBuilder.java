package dev.gatehouse.llb;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Collects what a command needs; {@link #build()} makes it. */
public final class RunBuilder {
  private State state;
  private final State base;
  private final List<Mount> mounts = new ArrayList<>();
  private final List<Secret> secrets = new ArrayList<>();
  private final List<SshSocket> sockets = new ArrayList<>();
  private final List<Device> devices = new ArrayList<>();
  private @Nullable ProxyEnv proxy;
  private boolean readOnlyRoot;
  private Constraints constraints = Constraints.NONE;

  RunBuilder(State base) {
    this.base = base;
    this.state = base;
  }

  /** The command and its arguments. */
  public RunBuilder args(List<String> args) {
    state = state.args(args);
    return this;
  }

  /** Changes settings for this command alone. */
  public RunBuilder with(UnaryOperator<State> change) {
    state = change.apply(state);
    return this;
  }

  public RunBuilder mount(Mount mount) {
    mounts.add(mount);
    return this;
  }

  public RunBuilder secret(Secret secret) {
    secrets.add(secret);
    return this;
  }

  public RunBuilder ssh(SshSocket socket) {
    sockets.add(socket);
    return this;
  }

  public RunBuilder device(Device device) {
    devices.add(device);
    return this;
  }

  public RunBuilder proxy(@Nullable ProxyEnv proxy) {
    this.proxy = proxy;
    return this;
  }

  /** Lets the command only read its root file system. */
  public RunBuilder readOnlyRoot() {
    readOnlyRoot = true;
    return this;
  }

  public RunBuilder constraints(Constraints constraints) {
    this.constraints = constraints;
    return this;
  }

  /** The command. Marshalling fails if it has no arguments. */
  public Exec build() {
    Mount root = Mount.bind("/", state);
    List<Mount> all = new ArrayList<>(mounts.size() + 1);
    all.add(readOnlyRoot ? root.asReadOnly() : root);
    all.addAll(mounts);
    return new Exec(
        base,
        new ExecVertex(state.settings(), all, secrets, sockets, devices, proxy, constraints),
        all);
  }
}
