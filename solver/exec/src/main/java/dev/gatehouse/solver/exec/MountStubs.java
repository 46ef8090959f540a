package dev.gatehouse.solver.exec;

import dev.gatehouse.solver.linux.Errno;
import dev.gatehouse.solver.linux.FileStatus;
import dev.gatehouse.solver.linux.LinuxException;
import dev.gatehouse.solver.linux.RootDirectory;
import java.util.ArrayList;
import java.util.List;

/**
 * The mount points that a container's runtime has to make in its root, to be removed again: they
 * are no work of the step and must not be in its layer. Those that hold something by then, or were
 * there before, stay.
 */
final class MountStubs {
  private static final List<String> ALWAYS = List.of("/etc/resolv.conf", "/etc/hosts");

  private final List<String> missing;

  private MountStubs(List<String> missing) {
    this.missing = missing;
  }

  /**
   * Notes which mount points are missing before the container runs.
   *
   * @param parents whether missing parents of a mount point are stubs as well
   */
  static MountStubs note(RootDirectory root, List<String> destinations, boolean parents)
      throws LinuxException {
    List<String> names = new ArrayList<>(ALWAYS);
    names.addAll(destinations);
    List<String> missing = new ArrayList<>();
    for (String name : names) {
      String path;
      try {
        path = root.resolve(name);
      } catch (LinuxException e) {
        continue; // a path that leads nowhere has no stub; the runtime will say what is wrong
      }
      while (!path.equals("/") && root.findLstat(path).isEmpty()) {
        if (!missing.contains(path)) {
          missing.add(path);
        }
        if (!parents) {
          break;
        }
        int slash = path.lastIndexOf('/');
        path = slash <= 0 ? "/" : path.substring(0, slash);
      }
    }
    return new MountStubs(missing);
  }

  boolean isEmpty() {
    return missing.isEmpty();
  }

  /** Removes those that are empty; the times of their directories stay. */
  void remove(RootDirectory root) throws LinuxException {
    for (String path : missing) {
      if (!root.resolveParent(path).equals(path)) {
        continue; // a parent has become a symlink: this is no longer what was noted
      }
      try (RootDirectory.Place place = root.place(path)) {
        remove(place);
      } catch (LinuxException e) {
        if (!e.is(Errno.ENOENT) && !e.is(Errno.ENOTDIR)) {
          throw e;
        }
      }
    }
  }

  private static void remove(RootDirectory.Place place) throws LinuxException {
    FileStatus stub = place.find().orElse(null);
    if (stub == null) {
      return;
    }
    FileStatus parent = place.directory().status();
    if (stub.isDirectory()) {
      try {
        place.directory().rmdir(place.name());
      } catch (LinuxException e) {
        if (e.is(Errno.ENOTEMPTY)) {
          return;
        }
        throw e;
      }
    } else if (stub.size() == 0) {
      place.directory().unlink(place.name());
    } else {
      return;
    }
    place
        .directory()
        .setTimes(
            ".",
            parent.accessSeconds(),
            parent.accessNanos(),
            parent.modifySeconds(),
            parent.modifyNanos());
  }
}
