package dev.gatehouse.client;

import java.nio.file.Path;
import java.util.Objects;

/**
 * An ssh agent of the client that build steps can use.
 *
 * @param id what steps call it, {@code default} when they do not
 * @param socket of the agent
 * @param raw whether every message is forwarded; otherwise only those that list keys and sign
 */
public record SshSource(String id, Path socket, boolean raw) {
  public SshSource {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(socket, "socket");
  }
}
