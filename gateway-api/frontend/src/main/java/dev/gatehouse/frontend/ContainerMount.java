package dev.gatehouse.frontend;

import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Something mounted into a {@link Container}. */
public sealed interface ContainerMount {

  /** Absolute path in the container. */
  String destination();

  /**
   * A reference, or an empty file system without one.
   *
   * @param selector directory inside the reference, or empty
   * @param referenceOrNull what is mounted
   * @param resultId instead of a reference: the id of a result that a failed solve named, or empty
   */
  record Bind(
      String destination,
      String selector,
      @Nullable Reference referenceOrNull,
      String resultId,
      boolean readonly)
      implements ContainerMount {
    public Bind {
      Objects.requireNonNull(destination, "destination");
      Objects.requireNonNull(selector, "selector");
      Objects.requireNonNull(resultId, "resultId");
    }

    public Optional<Reference> reference() {
      return Optional.ofNullable(referenceOrNull);
    }
  }

  /**
   * A directory that outlives the build.
   *
   * @param seedOrNull its first content
   */
  record Cache(
      String destination,
      String selector,
      @Nullable Reference seedOrNull,
      String id,
      Sharing sharing,
      boolean readonly)
      implements ContainerMount {
    public Cache {
      Objects.requireNonNull(destination, "destination");
      Objects.requireNonNull(selector, "selector");
      Objects.requireNonNull(id, "id");
      Objects.requireNonNull(sharing, "sharing");
    }
  }

  /** What happens when two containers use a cache at once. */
  enum Sharing {
    SHARED,
    PRIVATE,
    LOCKED
  }

  /** A file system in memory. */
  record Tmpfs(String destination, long sizeBytes) implements ContainerMount {
    public Tmpfs {
      Objects.requireNonNull(destination, "destination");
    }
  }

  /** A secret of the client as a file. */
  record Secret(String destination, String id, int userId, int groupId, int mode, boolean optional)
      implements ContainerMount {
    public Secret {
      Objects.requireNonNull(destination, "destination");
      Objects.requireNonNull(id, "id");
    }
  }

  /** A socket of the client's ssh agent. */
  record Ssh(String destination, String id, int userId, int groupId, int mode, boolean optional)
      implements ContainerMount {
    public Ssh {
      Objects.requireNonNull(destination, "destination");
      Objects.requireNonNull(id, "id");
    }
  }

  /** Mounts a reference for reading and writing; what is written is dropped with the container. */
  static Bind bind(String destination, Reference reference) {
    return new Bind(destination, "", reference, "", false);
  }

  /** Mounts a reference read-only. */
  static Bind bindReadonly(String destination, Reference reference) {
    return new Bind(destination, "", reference, "", true);
  }
}
