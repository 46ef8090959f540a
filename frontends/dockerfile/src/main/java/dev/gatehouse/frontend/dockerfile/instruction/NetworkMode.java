package dev.gatehouse.frontend.dockerfile.instruction;

/** Values of {@code RUN --network}. */
public enum NetworkMode {
  DEFAULT,
  NONE,
  HOST
}
