package dev.gatehouse.solver.worker.contenthash;

import java.io.IOException;
import java.util.Optional;

/** A selected path leads to nothing. */
final class MissingPathException extends IOException {
  private static final long serialVersionUID = 1;

  private final String path;
  private final boolean hinted;

  /**
   * @param near a path that exists and is spelt nearly so
   */
  MissingPathException(String path, Optional<String> near) {
    super(
        "\"%s\": not found%s"
            .formatted(path, near.map(n -> "; did you mean \"" + n + "\"?").orElse("")));
    this.path = path;
    this.hinted = near.isPresent();
  }

  String path() {
    return path;
  }

  /** Whether the message names a path that is near. */
  boolean isHinted() {
    return hinted;
  }
}
