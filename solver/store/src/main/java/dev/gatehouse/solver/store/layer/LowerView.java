package dev.gatehouse.solver.store.layer;

import dev.gatehouse.solver.linux.Directory;
import dev.gatehouse.solver.linux.FileStatus;
import dev.gatehouse.solver.linux.LinuxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * One directory as the lower layers of an overlay show it together, without an overlay being
 * mounted: the directories of that name, the nearest first, as far as none hides the next.
 */
final class LowerView implements AutoCloseable {
  private final List<Directory> directories;

  private LowerView(List<Directory> directories) {
    this.directories = directories;
  }

  /**
   * A file below.
   *
   * @param in the layer's directory that has it; closed with the view
   * @param status of the file
   */
  record Found(Directory in, FileStatus status) {}

  /** The root. */
  static LowerView root(List<Path> lowers) throws LinuxException {
    LowerView view = new LowerView(new ArrayList<>());
    try {
      for (Path lower : lowers) {
        view.directories.add(Directory.open(lower));
      }
      return view;
    } catch (LinuxException e) {
      view.close();
      throw e;
    }
  }

  /** A directory in this one; one with nothing in it where there is none. */
  LowerView directory(String name) throws LinuxException {
    LowerView view = new LowerView(new ArrayList<>());
    try {
      for (Directory here : directories) {
        Optional<FileStatus> status = here.find(name);
        if (status.isEmpty()) {
          continue;
        }
        if (!status.get().isDirectory()) {
          break;
        }
        Directory next = here.directory(name);
        view.directories.add(next);
        if (Whiteouts.isOpaque(next)) {
          break;
        }
      }
      return view;
    } catch (LinuxException e) {
      view.close();
      throw e;
    }
  }

  /** Whether no layer has this directory. */
  boolean isEmpty() {
    return directories.isEmpty();
  }

  /** A file in this directory. */
  Optional<Found> find(String name) throws LinuxException {
    for (Directory here : directories) {
      Optional<FileStatus> status = here.find(name);
      if (status.isPresent()) {
        return status.get().isWhiteout()
            ? Optional.empty()
            : Optional.of(new Found(here, status.get()));
      }
    }
    return Optional.empty();
  }

  /** What is in this directory. */
  Set<String> names() throws LinuxException {
    Set<String> names = new HashSet<>();
    Set<String> gone = new HashSet<>();
    for (Directory here : directories) {
      for (Directory.Entry e : here.list()) {
        if (here.stat(e.name()).isWhiteout()) {
          gone.add(e.name());
        } else if (!gone.contains(e.name())) {
          names.add(e.name());
        }
      }
    }
    return names;
  }

  @Override
  public void close() {
    directories.forEach(Directory::close);
  }
}
