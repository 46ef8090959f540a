package dev.gatehouse.frontend.dockerfile.instruction;

import dev.gatehouse.frontend.dockerfile.parse.DockerfileException;
import java.util.ArrayList;
import java.util.List;

/** {@code VOLUME path...}. */
public record VolumeInstruction(InstructionSource source, List<String> volumes)
    implements Instruction, Instruction.Expandable {
  public VolumeInstruction {
    volumes = List.copyOf(volumes);
  }

  @Override
  public VolumeInstruction expanded(Expander expander) throws DockerfileException {
    List<String> result = new ArrayList<>(volumes.size());
    for (String volume : volumes) {
      result.add(expander.expand(volume));
    }
    return new VolumeInstruction(source, result);
  }
}
