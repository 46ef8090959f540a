package dev.gatehouse.solver.store.tar;

import java.io.IOException;

/**
 * An archive that is malformed, or uses a feature that is refused, or an entry that the format
 * cannot hold.
 */
public final class TarException extends IOException {
  private static final long serialVersionUID = 1;

  public TarException(String message) {
    super(message);
  }
}
