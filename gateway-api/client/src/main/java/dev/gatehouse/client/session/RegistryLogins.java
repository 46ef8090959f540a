package dev.gatehouse.client.session;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The logins that Docker's {@code config.json} has, for programs that talk to registries
 * themselves.
 */
public final class RegistryLogins {
  private final DockerConfig config;

  /**
   * @param directory that holds {@code config.json}, which need not exist
   */
  public RegistryLogins(Path directory) {
    this.config = new DockerConfig(directory);
  }

  /**
   * Finds the login of a registry.
   *
   * @param host such as {@code registry-1.docker.io}
   */
  public Optional<Login> find(String host) throws IOException, InterruptedException {
    DockerConfig.Credentials found = config.credentials(host);
    return found.secret().isEmpty()
        ? Optional.empty()
        : Optional.of(new Login(found.username(), found.secret()));
  }

  /**
   * A name with a password, or an identity token where the name is empty.
   *
   * @param secret never printed
   */
  public record Login(String username, String secret) {
    @Override
    public String toString() {
      return "Login[" + username + "]";
    }
  }
}
