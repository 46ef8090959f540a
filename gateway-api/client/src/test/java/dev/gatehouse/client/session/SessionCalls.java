package dev.gatehouse.client.session;

import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import dev.gatehouse.client.BuildClient;
import dev.gatehouse.client.BuildRequest;
import dev.gatehouse.client.FakeDaemon;
import dev.gatehouse.client.StatusListener;
import dev.gatehouse.frontend.transport.RpcChannel;
import dev.gatehouse.protocol.control.SolveResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Calls to a client's session, made by a pretended daemon through the real tunnel. */
@Timeout(60)
abstract class SessionCalls {
  @TempDir Path temp;

  interface Body {
    void run(RpcChannel session) throws Exception;
  }

  /** Runs a build during which the daemon does what the body says. */
  final void during(BuildRequest.Builder request, Body body) throws Exception {
    Throwable[] failure = new Throwable[1];
    try (FakeDaemon daemon =
            new FakeDaemon((solve, session) -> {
              try {
                body.run(session);
              } catch (Throwable e) {
                failure[0] = e;
              }
              return SolveResponse.getDefaultInstance();
            });
        BuildClient client = daemon.connect()) {
      client.solve(request.frontend("f").build(), StatusListener.none());
    }
    if (failure[0] != null) {
      throw new AssertionError(failure[0]);
    }
  }

  static <A> A call(
      RpcChannel c,
      String method,
      MessageLite request,
      Parser<A> parser,
      Map<String, List<String>> md)
      throws Exception {
    return parser.parseFrom(c.call(method, request.toByteArray(), md));
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
