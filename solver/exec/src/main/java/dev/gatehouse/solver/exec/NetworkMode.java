package dev.gatehouse.solver.exec;

/** Which network a container sees. */
public enum NetworkMode {
  /** What the runtime was opened with: see {@link ContainerRuntimeOptions#defaultNetwork}. */
  DEFAULT,
  /** The host's network namespace. */
  HOST,
  /** A namespace of its own with a loopback device and nothing else. */
  NONE
}
