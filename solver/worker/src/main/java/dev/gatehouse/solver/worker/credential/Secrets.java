package dev.gatehouse.solver.worker.credential;

import dev.gatehouse.protocol.secrets.GetSecretRequest;
import dev.gatehouse.protocol.secrets.GetSecretResponse;
import dev.gatehouse.solver.core.ErrorCategory;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.worker.session.Session;
import dev.gatehouse.solver.worker.session.SessionCallException;
import dev.gatehouse.solver.worker.session.SessionCallException.Status;
import dev.gatehouse.solver.worker.session.SessionGroup;
import java.io.IOException;
import java.util.Optional;

/** The secrets that the clients of a build hold ready. */
public final class Secrets {
  private static final String GET = "/moby.buildkit.secrets.v1.Secrets/GetSecret";

  /** The largest secret that is taken from a client. */
  private static final int MAX_SIZE = 500 * 1024;

  private Secrets() {}

  /**
   * Fetches a secret from the first client that has it; empty when none has.
   *
   * @throws IOException when a client could not be asked and no other has the secret
   */
  public static Optional<byte[]> find(SessionGroup sessions, String id)
      throws IOException, InterruptedException {
    IOException failure = null;
    byte[] request = GetSecretRequest.newBuilder().setID(id).build().toByteArray();
    for (Session session : sessions.sessions()) {
      if (!session.supports(GET)) {
        continue;
      }
      try {
        byte[] data =
            GetSecretResponse.parseFrom(session.call(GET, request)).getData().toByteArray();
        if (data.length > MAX_SIZE) {
          throw new IOException("secret " + id + ": larger than " + MAX_SIZE + " bytes");
        }
        return Optional.of(data);
      } catch (SessionCallException e) {
        if (e.status() != Status.NOT_FOUND && e.status() != Status.UNIMPLEMENTED) {
          failure = e;
        }
      } catch (IOException e) {
        failure = e;
      }
    }
    if (failure != null) {
      throw failure;
    }
    return Optional.empty();
  }

  /**
   * Fetches a secret that has to be there.
   *
   * @throws SolveException when no client has it
   */
  public static byte[] get(SessionGroup sessions, String id)
      throws SolveException, IOException, InterruptedException {
    Optional<byte[]> secret = find(sessions, id);
    if (secret.isEmpty()) {
      throw new SolveException(
          "secret.not-found", ErrorCategory.USER, "secret " + id + ": not found");
    }
    return secret.get();
  }
}
