package dev.gatehouse.llb;

/** What a command may do. */
public enum SecurityMode {
  /** What a container may. */
  SANDBOX,
  /** Nearly everything; the daemon must allow it. */
  INSECURE
}
