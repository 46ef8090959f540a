package dev.gatehouse.client.session;

import java.util.ArrayDeque;
import java.util.Deque;

/** Slash-separated paths, by their text alone. */
final class Paths {
  private Paths() {}

  /**
   * The shortest path of the same meaning: no {@code .}, no {@code ..} but in front, no double
   * slash.
   */
  static String clean(String path) {
    boolean absolute = path.startsWith("/");
    Deque<String> parts = new ArrayDeque<>();
    for (String part : path.split("/")) {
      if (part.isEmpty() || part.equals(".")) {
        continue;
      }
      if (part.equals("..")) {
        if (!parts.isEmpty() && !parts.getLast().equals("..")) {
          parts.removeLast();
          continue;
        } else if (absolute) {
          continue;
        }
      }
      parts.add(part);
    }
    String joined = String.join("/", parts);
    if (absolute) {
      return "/" + joined;
    }
    return joined.isEmpty() ? "." : joined;
  }
}
