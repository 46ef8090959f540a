package dev.gatehouse.llb;

import java.util.List;

/** A command in the graph: the file systems that it leaves behind. */
public final class Exec {
  private final State base;
  private final ExecVertex vertex;
  private final List<Mount> mounts;

  Exec(State base, ExecVertex vertex, List<Mount> mounts) {
    this.base = base;
    this.vertex = vertex;
    this.mounts = List.copyOf(mounts);
  }

  /** The root file system after the command, with the settings of the state that it ran in. */
  public State root() {
    return output(mounts.get(0), base);
  }

  /**
   * The file system of a mount after the command.
   *
   * @throws LlbException if the command has no such mount or the mount has no output
   */
  public State mount(String target) {
    for (Mount mount : mounts) {
      if (mount.target().equals(target)) {
        return output(mount, mount.source());
      }
    }
    throw new LlbException("the command has no mount at " + target);
  }

  private State output(Mount mount, State settings) {
    if (mount.readOnly()) {
      return settings.withOutput(mount.source().output());
    }
    if (!mount.hasOutput()) {
      throw new LlbException(
          (mount.tmpfs() ? "tmpfs mount for " : "mount without output at ")
              + mount.target()
              + " can't be used as a parent");
    }
    return settings.withOutput(
        new Output(vertex, vertex.outputIndex(mount), vertex.constraints().platform()));
  }
}
