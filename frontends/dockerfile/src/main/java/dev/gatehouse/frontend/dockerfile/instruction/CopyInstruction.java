package dev.gatehouse.frontend.dockerfile.instruction;

import dev.gatehouse.frontend.dockerfile.parse.DockerfileException;
import java.util.List;

/**
 * {@code COPY [--from] [--chown] [--chmod] [--link] [--parents] [--exclude]... source...
 * destination}.
 *
 * @param from stage, image or context name, or empty for the build context
 * @param chown owner as written, or empty
 * @param chmod mode as written, or empty
 */
public record CopyInstruction(
    InstructionSource source,
    SourcesAndDestination paths,
    String from,
    String chown,
    String chmod,
    boolean link,
    boolean parents,
    List<String> excludes)
    implements Instruction, Instruction.Expandable, Instruction.RawExpandable {
  public CopyInstruction {
    excludes = List.copyOf(excludes);
  }

  @Override
  public CopyInstruction expanded(Expander expander) throws DockerfileException {
    String newChown = expander.expand(chown);
    String newChmod = expander.expand(chmod);
    return new CopyInstruction(
        source, paths.expanded(expander), from, newChown, newChmod, link, parents, excludes);
  }

  @Override
  public CopyInstruction expandedRaw(Expander expander) throws DockerfileException {
    return new CopyInstruction(
        source, paths.expandedRaw(expander), from, chown, chmod, link, parents, excludes);
  }
}
