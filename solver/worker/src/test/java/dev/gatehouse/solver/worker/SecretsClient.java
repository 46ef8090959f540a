package dev.gatehouse.solver.worker;

import com.google.protobuf.ByteString;
import dev.gatehouse.protocol.secrets.GetSecretRequest;
import dev.gatehouse.protocol.secrets.GetSecretResponse;
import dev.gatehouse.solver.worker.session.SessionCallException;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/** A client that holds secrets. */
public class SecretsClient extends UnaryClient {
  public final Map<String, String> secrets = new HashMap<>();

  SecretsClient() {
    this("/moby.buildkit.secrets.v1.Secrets/GetSecret");
  }

  protected SecretsClient(String methods) {
    super("client", methods);
  }

  @Override
  public byte[] call(String method, byte[] request) throws IOException {
    String id = GetSecretRequest.parseFrom(request).getID();
    String value = secrets.get(id);
    if (value == null) {
      throw new SessionCallException(SessionCallException.Status.NOT_FOUND, "no " + id);
    }
    return GetSecretResponse.newBuilder()
        .setData(ByteString.copyFromUtf8(value))
        .build()
        .toByteArray();
  }
}
