package dev.gatehouse.llb;

import org.jspecify.annotations.Nullable;

/**
 * The owner that files are given.
 *
 * @param user null to leave it
 * @param group null to leave it
 */
public record Owner(@Nullable Principal user, @Nullable Principal group) {

  /**
   * A user or group.
   *
   * @param name looked up in the file system that is changed; empty if the id is known
   * @param id the number
   */
  public record Principal(String name, int id) {
    /** Reads a name or number; {@code root} is 0 without being looked up. */
    public static Principal parse(String text) {
      if (text.equals("root")) {
        return new Principal("", 0);
      }
      try {
        return new Principal("", Integer.parseInt(text));
      } catch (NumberFormatException e) {
        return new Principal(text, 0);
      }
    }
  }

  /** Reads {@code user} or {@code user:group}, each a name or a number. */
  public static Owner parse(String text) {
    int colon = text.indexOf(':');
    return colon < 0
        ? new Owner(Principal.parse(text), null)
        : new Owner(
            Principal.parse(text.substring(0, colon)), Principal.parse(text.substring(colon + 1)));
  }

  /** An owner by numbers. */
  public static Owner of(int uid, int gid) {
    return new Owner(new Principal("", uid), new Principal("", gid));
  }
}
