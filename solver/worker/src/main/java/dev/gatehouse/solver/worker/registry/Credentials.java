package dev.gatehouse.solver.worker.registry;

import java.io.IOException;
import java.util.Optional;

/** Finds who to be at a registry. */
@FunctionalInterface
public interface Credentials {
  /** Nobody. */
  Credentials NONE = host -> Optional.empty();

  /**
   * The login for a host ({@code docker.io}'s is asked as {@code registry-1.docker.io}).
   *
   * @return empty to be nobody
   */
  Optional<Login> login(String host) throws IOException, InterruptedException;

  /** A name and password, or a refresh token where the name is empty. */
  record Login(String username, String secret) {
    /** Does not tell the secret. */
    @Override
    public String toString() {
      return "Login[" + username + "]";
    }
  }
}
