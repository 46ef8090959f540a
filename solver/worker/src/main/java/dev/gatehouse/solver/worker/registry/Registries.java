package dev.gatehouse.solver.worker.registry;

import dev.gatehouse.solver.worker.image.ImageName;
import dev.gatehouse.solver.worker.session.SessionGroup;
import java.util.Map;

/** All registries, and how each is configured. Keeps connections and tokens; one for a worker. */
public final class Registries implements AutoCloseable {
  /**
   * @param configs by host, as {@code buildkitd.toml} names them ({@code docker.io})
   * @param local credentials of the daemon itself, asked where no session has any
   */
  public Registries(Map<String, RegistryConfig> configs, Credentials local) {}

  /** A repository as the clients of these sessions may see it. */
  public Repository repository(ImageName name, SessionGroup sessions) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {}
}
