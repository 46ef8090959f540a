package dev.gatehouse.llb;

import java.util.ArrayList;
import java.util.List;

/**
 * Lexical operations on paths with forward slashes, with the results of Go's {@code path} package.
 */
public final class SlashPath {
  private SlashPath() {}

  /** Whether the path begins with a slash. */
  public static boolean isAbsolute(String path) {
    return path.startsWith("/");
  }

  /**
   * The shortest path that names the same: no doubled slashes, no {@code .}, no {@code ..} that can
   * be resolved.
   */
  public static String clean(String path) {
    if (path.isEmpty()) {
      return ".";
    }
    boolean rooted = path.startsWith("/");
    List<String> out = new ArrayList<>();
    int start = 0;
    while (start <= path.length()) {
      int end = path.indexOf('/', start);
      if (end < 0) {
        end = path.length();
      }
      String element = path.substring(start, end);
      start = end + 1;
      if (element.isEmpty() || element.equals(".")) {
        continue;
      }
      if (!element.equals("..")) {
        out.add(element);
      } else if (!out.isEmpty() && !out.get(out.size() - 1).equals("..")) {
        out.remove(out.size() - 1);
      } else if (!rooted) {
        out.add(element);
      }
    }
    if (rooted) {
      return "/" + String.join("/", out);
    }
    return out.isEmpty() ? "." : String.join("/", out);
  }

  /** The elements that are not empty, joined by slashes and cleaned; empty if all are. */
  public static String join(String... elements) {
    StringBuilder joined = new StringBuilder();
    for (String element : elements) {
      if (!element.isEmpty()) {
        if (joined.length() > 0) {
          joined.append('/');
        }
        joined.append(element);
      }
    }
    return joined.length() == 0 ? "" : clean(joined.toString());
  }

  /** The last element; {@code .} for an empty path and {@code /} for one of slashes only. */
  public static String base(String path) {
    if (path.isEmpty()) {
      return ".";
    }
    int end = path.length();
    while (end > 0 && path.charAt(end - 1) == '/') {
      end--;
    }
    if (end == 0) {
      return "/";
    }
    return path.substring(path.lastIndexOf('/', end - 1) + 1, end);
  }

  /** All but the last element, cleaned. */
  public static String directory(String path) {
    return clean(path.substring(0, path.lastIndexOf('/') + 1));
  }
}
