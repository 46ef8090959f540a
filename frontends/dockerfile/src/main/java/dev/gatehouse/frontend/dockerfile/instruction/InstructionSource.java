package dev.gatehouse.frontend.dockerfile.instruction;

import dev.gatehouse.frontend.dockerfile.parse.Range;
import java.util.List;

/**
 * Where an instruction comes from.
 *
 * @param code the logical line, without blanks around it
 * @param name the keyword as written
 * @param location a range a line
 * @param comments the comment lines right before it
 */
public record InstructionSource(
    String code, String name, List<Range> location, List<String> comments) {
  /** An instruction that no file contains. */
  public static InstructionSource synthetic(String name, String code) {
    return new InstructionSource(code, name, List.of(), List.of());
  }

  public InstructionSource {
    location = List.copyOf(location);
    comments = List.copyOf(comments);
  }
}
