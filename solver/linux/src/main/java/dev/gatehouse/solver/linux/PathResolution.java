package dev.gatehouse.solver.linux;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/** How a path inside a root is taken apart and its symlinks are replaced. */
public final class PathResolution {
  private static final int MAX_LINKS = 255;

  private PathResolution() {}

  /** What is asked on the way; all paths are absolute, with no symlink above the last component. */
  public interface Lookup {
    /** The status of the path itself; empty when there is nothing. */
    Optional<FileStatus> findLstat(String path) throws LinuxException;

    String readlink(String path) throws LinuxException;
  }

  /**
   * The path with all symlinks replaced, absolute within the root. Components that do not exist
   * stay as they are.
   *
   * @param last whether a symlink at the last component is replaced too
   * @throws LinuxException ELOOP after 255 links
   */
  public static String resolve(String path, boolean last, Lookup lookup) throws LinuxException {
    Deque<String> rest = new ArrayDeque<>(split(path));
    List<String> done = new ArrayList<>();
    int links = 0;
    boolean exists = true;
    while (!rest.isEmpty()) {
      String next = rest.removeFirst();
      if (next.equals("..")) {
        if (!done.isEmpty()) {
          done.removeLast();
        }
        exists = true;
        continue;
      }
      done.add(next);
      if (!exists || (rest.isEmpty() && !last)) {
        continue;
      }
      String current = "/" + String.join("/", done);
      Optional<FileStatus> status = lookup.findLstat(current);
      if (status.isEmpty()) {
        exists = false;
      } else if (status.get().isSymlink()) {
        if (++links > MAX_LINKS) {
          throw new LinuxException("resolve", absolute(path), Errno.ELOOP);
        }
        String target = lookup.readlink(current);
        done.removeLast();
        if (target.startsWith("/")) {
          done.clear();
        }
        List<String> parts = split(target);
        for (int i = parts.size() - 1; i >= 0; i--) {
          rest.addFirst(parts.get(i));
        }
      }
    }
    return "/" + String.join("/", done);
  }

  /** Components of a path without empty ones and {@code .}; {@code ..} stays. */
  public static List<String> split(String path) {
    List<String> parts = new ArrayList<>();
    for (String s : path.split("/")) {
      if (!s.isEmpty() && !s.equals(".")) {
        parts.add(s);
      }
    }
    return parts;
  }

  /** Looks for the status of something. */
  public interface Search {
    Optional<FileStatus> run() throws LinuxException;
  }

  /** What a search finds; nothing where a component of the path is missing or no directory. */
  public static Optional<FileStatus> ifThere(Search search) throws LinuxException {
    try {
      return search.run();
    } catch (LinuxException e) {
      if (e.is(Errno.ENOENT) || e.is(Errno.ENOTDIR)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** The path from the root. */
  public static String absolute(String path) {
    return path.startsWith("/") ? path : "/" + path;
  }

  /**
   * A path's last component beside what holds it.
   *
   * @param parent path of the directory
   * @param name one component, or {@code .} where the path has no last one
   */
  public record Split(String parent, String name) {
    /** Takes a path apart; slashes at its end do not count. */
    public static Split of(String path) {
      int end = path.length();
      while (end > 0 && path.charAt(end - 1) == '/') {
        end--;
      }
      int slash = path.lastIndexOf('/', end - 1);
      String name = path.substring(slash + 1, end);
      return name.isEmpty() || name.equals(".") || name.equals("..")
          ? new Split(path, ".")
          : new Split(slash <= 0 ? "/" : path.substring(0, slash), name);
    }
  }
}
