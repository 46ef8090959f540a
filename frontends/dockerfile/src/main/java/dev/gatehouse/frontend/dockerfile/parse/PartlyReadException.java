package dev.gatehouse.frontend.dockerfile.parse;

import java.util.List;

/** A file of which some instructions cannot be read, with those that can. */
public final class PartlyReadException extends DockerfileException {
  private static final long serialVersionUID = 1;

  private final transient ParsedDockerfile readable;

  PartlyReadException(List<DockerfileException> errors, ParsedDockerfile readable) {
    super(
        errors.get(0).getMessage(),
        errors.get(0).locations(),
        errors.get(0).hint().orElse(null),
        errors.subList(1, errors.size()),
        errors.get(0).getCause());
    this.readable = readable;
  }

  /** What of the file could be read: instructions that follow a broken one too. */
  public ParsedDockerfile readable() {
    return readable;
  }
}
