package dev.gatehouse.solver.worker.source.git;

import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.worker.credential.AgentSocket;
import dev.gatehouse.solver.worker.credential.Secrets;
import dev.gatehouse.solver.worker.op.OperationContext;
import dev.gatehouse.solver.worker.session.SessionGroup;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Git with what is needed to reach one remote: credentials, agent and host keys. Closed, the
 * agent's socket and the host keys are gone.
 */
final class GitAccess implements AutoCloseable {
  /** GitHub takes one token for all its repositories, so also for submodules. */
  private static final List<String> ONE_TOKEN_FOR_ALL =
      List.of("https://github.com/", "https://www.github.com/");

  private static final int SOCKET_MODE = 0700;

  private final GitCommand git;
  private final List<AutoCloseable> opened;

  private GitAccess(GitCommand git, List<AutoCloseable> opened) {
    this.git = git;
    this.opened = opened;
  }

  static GitAccess open(GitIdentifier identifier, Path temporary, OperationContext context)
      throws SolveException, IOException, InterruptedException {
    List<AutoCloseable> opened = new ArrayList<>();
    try {
      Map<String, String> settings = new LinkedHashMap<>();
      if (!identifier.remote().equals(identifier.redactedRemote())) {
        // Repositories are told the remote without its password; only calls of git know the rest.
        settings.put(
            "url." + server(identifier.remote()) + ".insteadOf",
            server(identifier.redactedRemote()));
      }
      Optional<String> authorization = authorization(identifier, context.sessions());
      authorization.ifPresent(a ->
          settings.put(
              "http." + scope(identifier.remote()) + ".extraheader", "Authorization: " + a));
      Optional<Path> agent = Optional.empty();
      if (!identifier.sshAgent().isEmpty()) {
        AgentSocket socket =
            AgentSocket.open(
                AgentSocket.get(context.sessions(), identifier.sshAgent()),
                identifier.sshAgent(),
                -1,
                -1,
                SOCKET_MODE);
        opened.add(socket);
        agent = Optional.of(socket.path());
      }
      Optional<Path> knownHosts = Optional.empty();
      if (!identifier.knownHosts().isEmpty()) {
        Path file = Files.createTempFile(temporary, "known-hosts-", "");
        opened.add(() -> Files.deleteIfExists(file));
        Files.writeString(file, identifier.knownHosts());
        knownHosts = Optional.of(file);
      }
      GitCommand git =
          new GitCommand(
              Optional.empty(), Optional.empty(), settings, agent, knownHosts, context.progress());
      return new GitAccess(git, opened);
    } catch (Throwable e) {
      closeAll(opened);
      throw e;
    }
  }

  /**
   * The first of the secrets that a client has: those named after the host go before the others.
   */
  private static Optional<String> authorization(GitIdentifier identifier, SessionGroup sessions)
      throws IOException, InterruptedException {
    for (String suffix : List.of("." + identifier.host(), "")) {
      if (!identifier.authHeaderSecret().isEmpty()) {
        Optional<byte[]> header = Secrets.find(sessions, identifier.authHeaderSecret() + suffix);
        if (header.isPresent()) {
          return Optional.of(new String(header.get(), StandardCharsets.UTF_8).strip());
        }
      }
      if (!identifier.authTokenSecret().isEmpty()) {
        Optional<byte[]> token = Secrets.find(sessions, identifier.authTokenSecret() + suffix);
        if (token.isPresent()) {
          String pair = "x-access-token:" + new String(token.get(), StandardCharsets.UTF_8);
          return Optional.of(
              "basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8)));
        }
      }
    }
    return Optional.empty();
  }

  /** A URL up to its path. */
  private static String server(String url) {
    int slash = url.indexOf('/', url.indexOf("://") + 3);
    return slash < 0 ? url : url.substring(0, slash + 1);
  }

  private static String scope(String remote) {
    return ONE_TOKEN_FOR_ALL.stream().filter(remote::startsWith).findFirst().orElse(remote);
  }

  GitCommand git() {
    return git;
  }

  @Override
  public void close() {
    closeAll(opened);
  }

  private static void closeAll(List<AutoCloseable> opened) {
    for (AutoCloseable each : opened.reversed()) {
      try {
        each.close();
      } catch (Exception e) {
        // A socket or temporary file that cannot be removed is removed with its directory.
      }
    }
  }
}
