package dev.gatehouse.frontend.dockerfile.instruction;

import java.util.List;

/** {@code SHELL ["program", "argument"...]}. */
public record ShellInstruction(InstructionSource source, List<String> shell)
    implements Instruction {
  public ShellInstruction {
    shell = List.copyOf(shell);
  }
}
