package dev.gatehouse.frontend.dockerfile.instruction;

import dev.gatehouse.frontend.dockerfile.parse.DockerfileException;
import java.util.ArrayList;
import java.util.List;

/** {@code ARG name[=value]...}. */
public record ArgInstruction(InstructionSource source, List<ArgDefinition> definitions)
    implements Instruction, Instruction.Expandable {
  public ArgInstruction {
    definitions = List.copyOf(definitions);
  }

  @Override
  public ArgInstruction expanded(Expander expander) throws DockerfileException {
    List<ArgDefinition> result = new ArrayList<>(definitions.size());
    for (ArgDefinition definition : definitions) {
      String key = expander.expand(definition.key());
      String value = definition.value();
      result.add(
          new ArgDefinition(
              key, value == null ? null : expander.expand(value), definition.description()));
    }
    return new ArgInstruction(source, result);
  }
}
