package dev.gatehouse.frontend.dockerfile.instruction;

/** {@code MAINTAINER name}; deprecated by the reference. */
public record MaintainerInstruction(InstructionSource source, String maintainer)
    implements Instruction {}
