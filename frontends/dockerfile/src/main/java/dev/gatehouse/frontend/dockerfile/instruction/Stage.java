package dev.gatehouse.frontend.dockerfile.instruction;

import dev.gatehouse.frontend.dockerfile.parse.Range;
import java.util.List;

/**
 * A FROM and the instructions up to the next.
 *
 * @param name in lower case, empty if it has none
 * @param keyword FROM as written
 * @param baseName what it starts from, unexpanded
 * @param platform the value of {@code --platform}, unexpanded, or empty
 * @param description what the comment before it says of its name, or empty
 * @param code the logical line of FROM
 * @param location a range a line of FROM
 * @param comments the comment lines right before FROM
 */
public record Stage(
    String name,
    String keyword,
    String baseName,
    String platform,
    String description,
    String code,
    List<Range> location,
    List<String> comments,
    List<Instruction> instructions) {
  public Stage {
    location = List.copyOf(location);
    comments = List.copyOf(comments);
    instructions = List.copyOf(instructions);
  }

  /** This stage with these instructions. */
  Stage withInstructions(List<Instruction> instructions) {
    return new Stage(
        name, keyword, baseName, platform, description, code, location, comments, instructions);
  }

  /** This stage with another base. */
  public Stage withBaseName(String baseName) {
    return new Stage(
        name, keyword, baseName, platform, description, code, location, comments, instructions);
  }
}
