package dev.gatehouse.frontend.dockerfile.instruction;

import dev.gatehouse.frontend.dockerfile.parse.DockerfileException;
import java.util.List;

/** {@code LABEL key=value...}. */
public record LabelInstruction(InstructionSource source, List<KeyValue> pairs)
    implements Instruction, Instruction.Expandable {
  public LabelInstruction {
    pairs = List.copyOf(pairs);
  }

  @Override
  public LabelInstruction expanded(Expander expander) throws DockerfileException {
    return new LabelInstruction(source, KeyValue.expanded(pairs, expander));
  }
}
