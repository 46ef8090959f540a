package dev.gatehouse.samples.recipe;

import dev.gatehouse.llb.SourceRange;
import java.util.List;

/**
 * A line of a recipe.
 *
 * @param range where it stands
 */
record Statement(String keyword, List<String> arguments, String text, SourceRange range) {
  Statement {
    arguments = List.copyOf(arguments);
  }
}
