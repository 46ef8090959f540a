package dev.gatehouse.frontend.dockerfile.instruction;

import dev.gatehouse.frontend.dockerfile.parse.DockerfileException;

/** {@code WORKDIR path}. */
public record WorkdirInstruction(InstructionSource source, String path)
    implements Instruction, Instruction.Expandable {
  @Override
  public WorkdirInstruction expanded(Expander expander) throws DockerfileException {
    return new WorkdirInstruction(source, expander.expand(path));
  }
}
