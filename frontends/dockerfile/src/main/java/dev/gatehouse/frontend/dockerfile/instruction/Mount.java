package dev.gatehouse.frontend.dockerfile.instruction;

import org.jspecify.annotations.Nullable;

/**
 * {@code RUN --mount=...}.
 *
 * @param from stage, image or context; empty if not said
 * @param source path there, or secret id; empty if not said
 * @param target path in the container; empty if not said
 * @param sizeLimit bytes of a tmpfs; 0 for no limit
 * @param id of a cache, secret or ssh mount; empty if not said
 * @param sharing null if not said
 * @param required fail if the secret or agent is absent
 * @param env variable to put a secret in; null if not said
 * @param mode permission bits; null if not said
 */
public record Mount(
    Type type,
    String from,
    String source,
    String target,
    boolean readOnly,
    long sizeLimit,
    String id,
    @Nullable Sharing sharing,
    boolean required,
    @Nullable String env,
    @Nullable Integer mode,
    @Nullable Long uid,
    @Nullable Long gid) {
  /** Kinds of mounts. */
  public enum Type {
    BIND,
    CACHE,
    TMPFS,
    SECRET,
    SSH;

    /** As written in a Dockerfile. */
    @Override
    public String toString() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /** How builds share a cache mount. */
  public enum Sharing {
    SHARED,
    PRIVATE,
    LOCKED;

    /** As written in a Dockerfile. */
    @Override
    public String toString() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }
}
