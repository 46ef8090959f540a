package dev.gatehouse.client.session;

import dev.gatehouse.llb.json.Json;
import dev.gatehouse.llb.json.JsonException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * Credentials of registries from Docker's {@code config.json} and the credential helpers that it
 * names.
 */
final class DockerConfig {
  private static final String HUB_HOST = "registry-1.docker.io";
  private static final String HUB_KEY = "https://index.docker.io/v1/";
  private static final int HELPER_SECONDS = 60;
  private static final int MAX_ANSWER = 1 << 20;

  /**
   * What a registry wants to see.
   *
   * @param username empty with an identity token
   * @param secret password or identity token, empty for none
   * @param registryToken a bearer token that is used as it is, or empty
   */
  record Credentials(String username, String secret, String registryToken) {
    static final Credentials NONE = new Credentials("", "", "");

    @Override
    public String toString() {
      return "Credentials[" + username + "]"; // never the secret
    }
  }

  private final Path directory;

  DockerConfig(Path directory) {
    this.directory = directory;
  }

  /** The credentials of a registry, {@link Credentials#NONE} when there are none. */
  Credentials credentials(String host) throws IOException, InterruptedException {
    String key = host.equals(HUB_HOST) ? HUB_KEY : host;
    Map<?, ?> config = read();
    if (config.get("credHelpers") instanceof Map<?, ?> helpers
        && helpers.get(key) instanceof String helper) {
      return helper(helper, key);
    }
    if (config.get("credsStore") instanceof String store && !store.isEmpty()) {
      Credentials found = helper(store, key);
      if (!found.equals(Credentials.NONE)) {
        return found;
      }
    }
    if (config.get("auths") instanceof Map<?, ?> auths) {
      for (Map.Entry<?, ?> entry : auths.entrySet()) {
        String name = String.valueOf(entry.getKey());
        if ((name.equals(key) || host(name).equals(host(key)))
            && entry.getValue() instanceof Map<?, ?> auth) {
          return entry(auth, name);
        }
      }
    }
    return Credentials.NONE;
  }

  private static String host(String key) {
    String host = key.replaceFirst("^https?://", "");
    int slash = host.indexOf('/');
    return slash < 0 ? host : host.substring(0, slash);
  }

  private Map<?, ?> read() throws IOException {
    Path file = directory.resolve("config.json");
    if (!Files.exists(file)) {
      return Map.of();
    }
    try {
      return Json.parse(Files.readAllBytes(file)) instanceof Map<?, ?> map ? map : Map.of();
    } catch (JsonException e) {
      throw new IOException(file + " is not JSON: " + e.getMessage(), e);
    }
  }

  private static Credentials entry(Map<?, ?> auth, String name) throws IOException {
    String registryToken = Objects.toString(auth.get("registrytoken"), "");
    String identity = Objects.toString(auth.get("identitytoken"), "");
    if (!identity.isEmpty()) {
      return new Credentials("", identity, registryToken);
    }
    String user = Objects.toString(auth.get("username"), "");
    String password = Objects.toString(auth.get("password"), "");
    String encoded = Objects.toString(auth.get("auth"), "");
    if (!encoded.isEmpty()) {
      String decoded;
      try {
        decoded = new String(Base64.getDecoder().decode(encoded), StandardCharsets.UTF_8);
      } catch (IllegalArgumentException e) {
        throw new IOException("invalid auth configuration for " + name, e);
      }
      int colon = decoded.indexOf(':');
      if (colon < 0) {
        throw new IOException("invalid auth configuration for " + name);
      }
      user = decoded.substring(0, colon);
      password = decoded.substring(colon + 1).replaceAll("\0+$", "");
    }
    return new Credentials(user, password, registryToken);
  }

  private static Credentials helper(String name, String key)
      throws IOException, InterruptedException {
    if (!name.matches("[A-Za-z0-9._-]+")) {
      throw new IOException("\"" + name + "\" is no name of a credential helper");
    }
    Process process;
    try {
      process =
          new ProcessBuilder("docker-credential-" + name, "get")
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
    } catch (IOException e) {
      throw new IOException(
          "credential helper docker-credential-" + name + " cannot be run: " + e.getMessage(), e);
    }
    try {
      try (OutputStream in = process.getOutputStream()) {
        in.write(key.getBytes(StandardCharsets.UTF_8));
      }
      byte[] answer = process.getInputStream().readNBytes(MAX_ANSWER);
      if (!process.waitFor(HELPER_SECONDS, TimeUnit.SECONDS)) {
        throw new IOException("credential helper docker-credential-" + name + " does not answer");
      }
      String text = new String(answer, StandardCharsets.UTF_8).strip();
      if (process.exitValue() != 0) {
        if (text.contains("credentials not found")) {
          return Credentials.NONE;
        }
        throw new IOException("credential helper docker-credential-" + name + " failed: " + text);
      }
      if (!(Json.parse(text) instanceof Map<?, ?> map)) {
        throw new IOException(
            "credential helper docker-credential-" + name + " gave no JSON object");
      }
      String user = Objects.toString(map.get("Username"), "");
      String secret = Objects.toString(map.get("Secret"), "");
      return user.equals("<token>")
          ? new Credentials("", secret, "")
          : new Credentials(user, secret, "");
    } catch (JsonException e) {
      throw new IOException("credential helper docker-credential-" + name + " gave no JSON", e);
    } finally {
      process.destroyForcibly();
    }
  }

  /**
   * The client's own chance for the keys of token authorities, by host; kept in {@code
   * .token_seed}.
   */
  synchronized byte[] seed(String host, java.security.SecureRandom random) throws IOException {
    Path file = directory.resolve(".token_seed");
    Map<String, Object> seeds = new LinkedHashMap<>();
    if (Files.isReadable(file)) {
      try {
        if (Json.parse(Files.readAllBytes(file)) instanceof Map<?, ?> map) {
          map.forEach(
              (k, v) -> seeds.put(String.valueOf(k), Objects.requireNonNullElse(v, Map.of())));
        }
      } catch (JsonException e) {
        seeds.clear(); // Cut off by a crash; a new seed only means a new key.
      }
    }
    if (seeds.get(host) instanceof Map<?, ?> entry && entry.get("Seed") instanceof String text) {
      return Base64.getDecoder().decode(text);
    }
    byte[] seed = new byte[16];
    random.nextBytes(seed);
    seeds.put(host, Map.of("Seed", Base64.getEncoder().encodeToString(seed)));
    if (Files.isWritable(directory)) {
      Path temporary = Files.createTempFile(directory, ".token_seed", "");
      Files.write(temporary, Json.writeIndented(seeds, "  ").getBytes(StandardCharsets.UTF_8));
      Files.move(
          temporary,
          file,
          java.nio.file.StandardCopyOption.ATOMIC_MOVE,
          java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    }
    return seed;
  }
}
