package dev.gatehouse.frontend.dockerfile.instruction;

import dev.gatehouse.frontend.dockerfile.parse.DockerfileException;

/** {@code USER user[:group]}. */
public record UserInstruction(InstructionSource source, String user)
    implements Instruction, Instruction.Expandable {
  @Override
  public UserInstruction expanded(Expander expander) throws DockerfileException {
    return new UserInstruction(source, expander.expand(user));
  }
}
