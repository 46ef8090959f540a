package dev.gatehouse.daemon.session;

import dev.gatehouse.frontend.StatusCode;
import dev.gatehouse.frontend.transport.RpcException;
import dev.gatehouse.frontend.transport.RpcStream;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Serves {@code Control.Session}: makes a {@link TunnelSession} of a call and keeps the call while
 * the session is open.
 */
public final class SessionTunnel {
  private static final String ID = "x-docker-expose-session-uuid";
  private static final String NAME = "x-docker-expose-session-name";
  private static final String SHARED_KEY = "x-docker-expose-session-sharedkey";
  private static final String METHOD = "x-docker-expose-session-grpc-method";
  private static final String HEALTH_TIMEOUT = "x-buildkit-session-health-custom-timeout";

  private static final Duration HEALTH_INTERVAL = Duration.ofSeconds(5);
  private static final Duration HEALTH_PATIENCE = Duration.ofSeconds(15);

  private SessionTunnel() {}

  /**
   * Runs one session; returns when it is over.
   *
   * @param metadata header fields of the call, names in lower case
   */
  public static void serve(
      RpcStream call, Map<String, List<String>> metadata, SessionRegistry sessions)
      throws RpcException, InterruptedException {
    String id = first(metadata, ID);
    if (id.isEmpty()) {
      throw new RpcException(StatusCode.INVALID_ARGUMENT, "a session needs the header " + ID);
    }
    Set<String> methods = new HashSet<>(metadata.getOrDefault(METHOD, List.of()));
    StreamPair streams = new StreamPair(call);
    TunnelSession opened;
    try {
      opened =
          sessions.open(
              id,
              () ->
                  new TunnelSession(
                      id,
                      first(metadata, NAME),
                      first(metadata, SHARED_KEY),
                      methods,
                      streams.input(),
                      streams.output(),
                      () -> {}));
    } catch (IllegalStateException e) {
      throw new RpcException(StatusCode.ALREADY_EXISTS, String.valueOf(e.getMessage()));
    }
    try (TunnelSession session = opened) {
      watch(session, first(metadata, HEALTH_TIMEOUT));
      try {
        session.awaitClosed();
      } catch (InterruptedException e) {
        session.close(new IOException("session " + id + " closed by its client", e));
        throw e;
      }
    }
  }

  private static void watch(TunnelSession session, String customMillis) {
    if (customMillis.matches("[1-9]\\d{0,8}")) {
      Duration custom = Duration.ofMillis(Math.max(1000, Integer.parseInt(customMillis)));
      session.watch(custom, custom, 1);
    } else {
      session.watch(HEALTH_INTERVAL, HEALTH_PATIENCE, 2);
    }
  }

  private static String first(Map<String, List<String>> metadata, String name) {
    List<String> values = metadata.getOrDefault(name, List.of());
    return values.isEmpty() ? "" : values.get(0);
  }
}
