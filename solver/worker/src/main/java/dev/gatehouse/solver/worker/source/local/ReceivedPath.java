package dev.gatehouse.solver.worker.source.local;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Checks the paths that a sender announces: relative, clean, inside the root, each directory before
 * what lies in it, and in the order in which a sorted walk meets them. What passes has only parents
 * that were announced as directories, so no component can be a symlink.
 */
final class ReceivedPath {
  private record Level(String directory, String last) {}

  private final List<Level> levels = new ArrayList<>(List.of(new Level("", "")));

  /**
   * Checks the next path.
   *
   * @return the directory that holds it, empty for the root
   * @throws IOException if it is out of place
   */
  String next(String path, boolean directory) throws IOException {
    check(path);
    int slash = path.lastIndexOf('/');
    String parent = slash < 0 ? "" : path.substring(0, slash);
    String name = path.substring(slash + 1);
    while (levels.size() > 1 && !top().directory.equals(parent)) {
      levels.remove(levels.size() - 1);
    }
    Level level = top();
    if (!level.directory.equals(parent) || compare(level.last, name) >= 0) {
      throw new IOException(
          "changes out of order: \"%s\" after \"%s\"".formatted(path, joined(level)));
    }
    levels.set(levels.size() - 1, new Level(parent, name));
    if (directory) {
      levels.add(new Level(path, ""));
    }
    return parent;
  }

  private static void check(String path) throws IOException {
    if (path.isEmpty() || path.startsWith("/") || path.indexOf('\0') >= 0 || path.length() > 4095) {
      throw new IOException("the client sent an invalid path: \"" + path + "\"");
    }
    for (String part : path.split("/", -1)) {
      if (part.isEmpty() || part.equals(".") || part.equals("..")) {
        throw new IOException("the client sent an unclean path: \"" + path + "\"");
      }
    }
  }

  /** The order of names by their UTF-8 bytes, which for strings of code points is that of Go. */
  static int compare(String a, String b) {
    int n = Math.min(a.length(), b.length());
    for (int i = 0; i < n; i++) {
      char x = a.charAt(i);
      char y = b.charAt(i);
      if (x != y) {
        boolean surrogates = Character.isSurrogate(x) != Character.isSurrogate(y);
        return surrogates ? (Character.isSurrogate(x) ? 1 : -1) : Character.compare(x, y);
      }
    }
    return a.length() - b.length();
  }

  private Level top() {
    return levels.get(levels.size() - 1);
  }

  private static String joined(Level level) {
    return level.directory.isEmpty() ? level.last : level.directory + "/" + level.last;
  }
}
