package dev.gatehouse.frontend.dockerfile.instruction;

import dev.gatehouse.frontend.dockerfile.parse.Heredoc;
import java.util.List;

/**
 * The command of RUN, CMD or ENTRYPOINT.
 *
 * @param arguments the elements of the exec form; one text in shell form; none if nothing was
 *     written
 * @param shell whether it is in shell form, to be handed to the stage's shell
 * @param heredocs its here-documents
 */
public record CommandLine(List<String> arguments, boolean shell, List<Heredoc> heredocs) {
  public CommandLine {
    arguments = List.copyOf(arguments);
    heredocs = List.copyOf(heredocs);
  }
}
