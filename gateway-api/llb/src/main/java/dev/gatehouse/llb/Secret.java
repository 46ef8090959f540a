package dev.gatehouse.llb;

import org.jspecify.annotations.Nullable;

/**
 * A secret that a command sees as a file, as an environment variable, or both.
 *
 * @param id what the client knows it by
 * @param target path of the file; null for none
 * @param env name of the variable; null for none
 * @param mode permissions of the file
 * @param uid owner of the file
 * @param gid group of the file
 * @param optional whether the command runs without it
 */
public record Secret(
    String id,
    @Nullable String target,
    @Nullable String env,
    int mode,
    int uid,
    int gid,
    boolean optional) {
  /** A file that only its owner, root, can read. */
  public static Secret file(String id, String target) {
    return new Secret(id, target, null, 0400, 0, 0, false);
  }
}
