package dev.gatehouse.frontend.dockerfile.instruction;

/** {@code ENTRYPOINT command}. */
public record EntrypointInstruction(InstructionSource source, CommandLine command)
    implements Instruction {}
