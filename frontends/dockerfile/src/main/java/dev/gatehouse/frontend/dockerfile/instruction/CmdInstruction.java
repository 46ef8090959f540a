package dev.gatehouse.frontend.dockerfile.instruction;

/** {@code CMD command}. */
public record CmdInstruction(InstructionSource source, CommandLine command)
    implements Instruction {}
