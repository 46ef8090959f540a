package dev.gatehouse.frontend.dockerfile.instruction;

import dev.gatehouse.frontend.dockerfile.parse.DockerfileException;
import java.util.List;

/**
 * {@code RUN [--mount]... [--network] [--security] [--device]... command}.
 *
 * @param flagsUsed names of the flags that were written, without dashes
 * @param mountFlags the values of {@code --mount}, which may hold variables
 * @param mounts the same, read. Before {@link #expanded} only type BIND and {@code from} are known,
 *     as in BuildKit: all else may depend on variables
 */
public record RunInstruction(
    InstructionSource source,
    CommandLine command,
    List<String> flagsUsed,
    List<String> mountFlags,
    List<Mount> mounts,
    NetworkMode network,
    SecurityMode security,
    List<Device> devices)
    implements Instruction, Instruction.Expandable {
  public RunInstruction {
    flagsUsed = List.copyOf(flagsUsed);
    mountFlags = List.copyOf(mountFlags);
    mounts = List.copyOf(mounts);
    devices = List.copyOf(devices);
  }

  @Override
  public RunInstruction expanded(Expander expander) throws DockerfileException {
    return new RunInstruction(
        source,
        command,
        flagsUsed,
        mountFlags,
        MountParser.parseAll(mountFlags, expander),
        network,
        security,
        devices);
  }
}
