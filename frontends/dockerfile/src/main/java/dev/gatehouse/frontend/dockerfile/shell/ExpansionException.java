package dev.gatehouse.frontend.dockerfile.shell;

import dev.gatehouse.frontend.dockerfile.parse.DockerfileException;
import java.util.List;

/**
 * A word that cannot be expanded; {@link #partial()} tells which variables had been looked up until
 * then.
 */
public final class ExpansionException extends DockerfileException {
  private static final long serialVersionUID = 1;

  private final transient Expansion partial;

  ExpansionException(String message, Expansion partial) {
    super(message, List.of(), null, List.of(), null);
    this.partial = partial;
  }

  /** The variables seen so far, with an empty result. */
  public Expansion partial() {
    return partial;
  }
}
