package dev.gatehouse.frontend.dockerfile.instruction;

/** Values of {@code RUN --security}. */
public enum SecurityMode {
  SANDBOX,
  INSECURE
}
