/**
 * From the syntax tree to typed instructions in stages.
 *
 * <p>{@link dev.gatehouse.frontend.dockerfile.instruction.InstructionParser} turns a parsed file
 * into a {@link dev.gatehouse.frontend.dockerfile.instruction.Dockerfile}: {@link
 * dev.gatehouse.frontend.dockerfile.instruction.Stage}s of {@link
 * dev.gatehouse.frontend.dockerfile.instruction.Instruction}s. Every instruction is a record,
 * checked when made; variables in it are still unexpanded. LLB is not known here.
 */
@NullMarked
package dev.gatehouse.frontend.dockerfile.instruction;

import org.jspecify.annotations.NullMarked;
