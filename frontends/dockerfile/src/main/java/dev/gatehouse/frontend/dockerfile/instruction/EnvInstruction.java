package dev.gatehouse.frontend.dockerfile.instruction;

import dev.gatehouse.frontend.dockerfile.parse.DockerfileException;
import java.util.List;

/** {@code ENV key=value...}. */
public record EnvInstruction(InstructionSource source, List<KeyValue> pairs)
    implements Instruction, Instruction.Expandable {
  public EnvInstruction {
    pairs = List.copyOf(pairs);
  }

  @Override
  public EnvInstruction expanded(Expander expander) throws DockerfileException {
    return new EnvInstruction(source, KeyValue.expanded(pairs, expander));
  }
}
