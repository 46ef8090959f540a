package dev.gatehouse.llb;

/** The network that a command sees. */
public enum NetworkMode {
  /** A network of its own, as the daemon provides. */
  SANDBOX,
  /** The network of the daemon. */
  HOST,
  /** None but loopback. */
  NONE
}
