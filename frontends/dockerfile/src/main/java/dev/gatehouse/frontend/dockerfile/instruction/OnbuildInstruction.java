package dev.gatehouse.frontend.dockerfile.instruction;

/**
 * {@code ONBUILD instruction}.
 *
 * @param expression the instruction as text, with its here-documents
 */
public record OnbuildInstruction(InstructionSource source, String expression)
    implements Instruction {}
