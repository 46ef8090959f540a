package dev.gatehouse.frontend.dockerfile.instruction;

import java.util.List;

/**
 * {@code HEALTHCHECK [options] CMD command} or {@code HEALTHCHECK NONE}. Times are in nanoseconds,
 * 0 where not said.
 *
 * @param test {@code NONE}, or {@code CMD} or {@code CMD-SHELL} and the command
 * @param retries 0 where not said
 */
public record HealthcheckInstruction(
    InstructionSource source,
    List<String> test,
    long interval,
    long timeout,
    long startPeriod,
    long startInterval,
    int retries)
    implements Instruction {
  public HealthcheckInstruction {
    test = List.copyOf(test);
  }
}
