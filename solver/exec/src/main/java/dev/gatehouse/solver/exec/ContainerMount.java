package dev.gatehouse.solver.exec;

import dev.gatehouse.solver.store.Mount;
import java.util.List;

/**
 * A mount inside a container.
 *
 * @param destination absolute path in the container; missing mount points are made, and removed
 *     again afterwards
 * @param mounts what to mount there, one over the other
 * @param selector a path inside the mounts to show instead of their root; {@code /} or empty for
 *     the root. It is resolved inside them: neither {@code ..} nor a symlink leads out.
 * @param readonly whether the container may only read it
 */
public record ContainerMount(
    String destination, List<Mount> mounts, String selector, boolean readonly) {
  public ContainerMount {
    mounts = List.copyOf(mounts);
    if (!destination.startsWith("/")) {
      throw new IllegalArgumentException("mount point is not absolute: " + destination);
    }
    if (mounts.isEmpty()) {
      throw new IllegalArgumentException("mount " + destination + " has no source");
    }
  }

  /** A bind of a file or directory of this host. */
  public static ContainerMount bind(String source, String destination, boolean readonly) {
    return new ContainerMount(destination, List.of(Mount.bind(source, readonly)), "/", readonly);
  }

  /** A tmpfs; a size of zero leaves it to the kernel. */
  public static ContainerMount tmpfs(String destination, long size) {
    List<String> options = size > 0 ? List.of("nosuid", "size=" + size) : List.of("nosuid");
    return new ContainerMount(
        destination, List.of(new Mount("tmpfs", "tmpfs", options)), "/", false);
  }
}
