package dev.gatehouse.frontend.dockerfile.instruction;

import dev.gatehouse.frontend.dockerfile.parse.DockerfileException;

/** {@code STOPSIGNAL signal}. */
public record StopSignalInstruction(InstructionSource source, String signal)
    implements Instruction, Instruction.Expandable {
  @Override
  public StopSignalInstruction expanded(Expander expander) throws DockerfileException {
    return new StopSignalInstruction(source, expander.expand(signal));
  }
}
