package dev.gatehouse.client;

import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A secret of the client that build steps can ask for; read when they do.
 *
 * @param id what steps call it
 * @param fileOrNull read from this file
 * @param environmentOrNull or from this environment variable
 */
public record SecretSource(
    String id, @Nullable Path fileOrNull, @Nullable String environmentOrNull) {
  public SecretSource {
    Objects.requireNonNull(id, "id");
    if (id.isEmpty()) {
      throw new IllegalArgumentException("secret missing ID");
    }
    if ((fileOrNull == null) == (environmentOrNull == null)) {
      throw new IllegalArgumentException(
          "secret " + id + " comes from a file or an environment variable");
    }
  }

  public static SecretSource file(String id, Path file) {
    return new SecretSource(id, file, null);
  }

  public static SecretSource environment(String id, String variable) {
    return new SecretSource(id, null, variable);
  }
}
