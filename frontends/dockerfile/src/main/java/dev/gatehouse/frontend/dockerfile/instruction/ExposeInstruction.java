package dev.gatehouse.frontend.dockerfile.instruction;

import java.util.List;

/**
 * {@code EXPOSE port[/protocol]...}.
 *
 * @param ports as written, sorted
 */
public record ExposeInstruction(InstructionSource source, List<String> ports)
    implements Instruction {
  public ExposeInstruction {
    ports = List.copyOf(ports);
  }
}
