package dev.gatehouse.frontend.dockerfile.instruction;

import dev.gatehouse.frontend.dockerfile.parse.DockerfileException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code ADD [--chown] [--chmod] [--link] [--exclude]... [--checksum] [--keep-git-dir] [--unpack]
 * source... destination}.
 *
 * @param chown owner as written, or empty
 * @param chmod mode as written, or empty
 * @param checksum digest or commit as written, or empty
 * @param keepGitDir null if not said
 * @param unpack null if not said
 */
public record AddInstruction(
    InstructionSource source,
    SourcesAndDestination paths,
    String chown,
    String chmod,
    boolean link,
    List<String> excludes,
    String checksum,
    @Nullable Boolean keepGitDir,
    @Nullable Boolean unpack)
    implements Instruction, Instruction.Expandable, Instruction.RawExpandable {
  public AddInstruction {
    excludes = List.copyOf(excludes);
  }

  @Override
  public AddInstruction expanded(Expander expander) throws DockerfileException {
    String newChown = expander.expand(chown);
    String newChmod = expander.expand(chmod);
    String newChecksum = expander.expand(checksum);
    return new AddInstruction(
        source,
        paths.expanded(expander),
        newChown,
        newChmod,
        link,
        excludes,
        newChecksum,
        keepGitDir,
        unpack);
  }

  @Override
  public AddInstruction expandedRaw(Expander expander) throws DockerfileException {
    return new AddInstruction(
        source,
        paths.expandedRaw(expander),
        chown,
        chmod,
        link,
        excludes,
        checksum,
        keepGitDir,
        unpack);
  }
}
