package dev.gatehouse.solver.store.layer;

import dev.gatehouse.solver.linux.Directory;
import dev.gatehouse.solver.linux.FileStatus;
import dev.gatehouse.solver.linux.LinuxException;
import dev.gatehouse.solver.linux.OpenFile;
import dev.gatehouse.solver.linux.PathResolution;
import dev.gatehouse.solver.linux.ReadableRoot;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The tree that a stack of layers is together, read without a mount: see {@link LayeredDirectory}.
 *
 * <p>A path is walked directory by directory, each opened without following symlinks, so that
 * nothing leads outside of the layers. Directories are open only as long as they are used, for a
 * stack may be hundreds deep; which layers a directory is in is looked up once.
 */
public final class LayeredRoot implements ReadableRoot {
  private final List<Path> layers;

  /** By path without symlinks, the numbers of the layers that a directory is in. */
  private final Map<String, int[]> known = new ConcurrentHashMap<>();

  /** How paths are asked for that have no symlinks above their last component. */
  private final PathResolution.Lookup lookup =
      new PathResolution.Lookup() {
        @Override
        public Optional<FileStatus> findLstat(String path) throws LinuxException {
          return exact(path);
        }

        @Override
        public String readlink(String path) throws LinuxException {
          PathResolution.Split split = PathResolution.Split.of(path);
          try (LayeredDirectory parent = open(split.parent())) {
            return parent.readlink(split.name());
          }
        }
      };

  /** A tree of layers, the nearest first. */
  public LayeredRoot(List<Path> layers) {
    this.layers = List.copyOf(layers);
  }

  /** Opens a directory whose path has no symlinks. */
  private LayeredDirectory open(String path) throws LinuxException {
    List<String> names = PathResolution.split(path);
    int depth = names.size();
    int[] in = null;
    while (depth > 0 && in == null) {
      in = known.get("/" + String.join("/", names.subList(0, depth)));
      if (in == null) {
        depth--;
      }
    }
    LayeredDirectory at =
        in == null ? LayeredDirectory.open(layers) : parts(in, names.subList(0, depth));
    boolean done = false;
    try {
      for (; depth < names.size(); depth++) {
        LayeredDirectory next = at.directory(names.get(depth));
        at.close();
        at = next;
        known.put("/" + String.join("/", names.subList(0, depth + 1)), at.layers());
      }
      done = true;
      return at;
    } finally {
      if (!done) {
        at.close();
      }
    }
  }

  private LayeredDirectory parts(int[] in, List<String> names) throws LinuxException {
    return LayeredDirectory.opened(opener -> {
      for (int layer : in) {
        Directory at = Directory.open(layers.get(layer));
        for (String name : names) {
          try (Directory above = at) {
            at = above.directory(name);
          }
        }
        opener.add(new LayeredDirectory.Part(layer, at));
      }
    });
  }

  private Optional<FileStatus> exact(String path) throws LinuxException {
    PathResolution.Split split = PathResolution.Split.of(path);
    return PathResolution.ifThere(() -> {
      try (LayeredDirectory parent = open(split.parent())) {
        return parent.find(split.name());
      }
    });
  }

  @Override
  public LayeredDirectory directory(String path) throws LinuxException {
    return open(resolve(path));
  }

  @Override
  public OpenFile file(String path) throws LinuxException {
    PathResolution.Split split = PathResolution.Split.of(resolve(path));
    try (LayeredDirectory parent = open(split.parent())) {
      return parent.file(split.name());
    }
  }

  @Override
  public Optional<FileStatus> findStat(String path) throws LinuxException {
    return directoryIfMeant(path, exact(resolve(path)));
  }

  @Override
  public Optional<FileStatus> findLstat(String path) throws LinuxException {
    boolean follows = path.endsWith("/") || path.endsWith("/.");
    return directoryIfMeant(path, exact(follows ? resolve(path) : resolveParent(path)));
  }

  /** What ends in a slash is a directory, or nothing. */
  private static Optional<FileStatus> directoryIfMeant(String path, Optional<FileStatus> status) {
    return path.endsWith("/") || path.endsWith("/.")
        ? status.filter(FileStatus::isDirectory)
        : status;
  }

  @Override
  public PathResolution.Lookup lookup() {
    return lookup;
  }

  /**
   * A name in a directory of these layers.
   *
   * @param directory that holds the name; closed with this
   * @param name one component, or {@code .} for the root itself
   */
  public record Place(LayeredDirectory directory, String name) implements ReadableRoot.Place {
    @Override
    public void close() {
      directory.close();
    }
  }

  @Override
  public Place place(String path) throws LinuxException {
    PathResolution.Split split = PathResolution.Split.of(path);
    return new Place(directory(split.parent()), split.name());
  }

  @Override
  public byte[] readFile(String path, int limit) throws LinuxException {
    PathResolution.Split split = PathResolution.Split.of(resolve(path));
    try (LayeredDirectory parent = open(split.parent());
        OpenFile f = parent.fileAtOnce(split.name())) {
      return f.content(limit);
    }
  }

  @Override
  public void close() {} // Nothing stays open.
}
