package dev.gatehouse.solver.exec;

/** How far a container is confined. */
public enum SecurityMode {
  /** Default capabilities, seccomp profile, masked and read-only paths. */
  SANDBOX,
  /** All capabilities of this process, all devices, nothing masked, no seccomp profile. */
  INSECURE
}
