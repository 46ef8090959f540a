package dev.gatehouse.client.session;

import com.google.protobuf.ByteString;
import dev.gatehouse.client.SecretSource;
import dev.gatehouse.frontend.StatusCode;
import dev.gatehouse.frontend.transport.RpcException;
import dev.gatehouse.protocol.secrets.GetSecretRequest;
import dev.gatehouse.protocol.secrets.GetSecretResponse;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** {@code moby.buildkit.secrets.v1.Secrets}. */
final class SecretsService extends MessageService {
  /** BuildKit's limit for a secret. */
  static final int MAX = 500 * 1024;

  private final Map<String, SecretSource> sources = new HashMap<>();

  SecretsService(List<SecretSource> secrets) {
    super("moby.buildkit.secrets.v1.Secrets");
    secrets.forEach(s -> sources.put(s.id(), s));
    unary("GetSecret", GetSecretRequest.parser(), (request, metadata) -> secret(request.getID()));
  }

  private GetSecretResponse secret(String id) throws RpcException, IOException {
    SecretSource source = sources.get(id);
    if (source == null) {
      throw new RpcException(StatusCode.NOT_FOUND, "secret " + id + ": not found");
    }
    byte[] value;
    Path file = source.fileOrNull();
    if (file != null) {
      try (InputStream in = Files.newInputStream(file)) {
        value = in.readNBytes(MAX + 1);
      }
    } else {
      String variable = System.getenv(source.environmentOrNull());
      value = variable == null ? new byte[0] : variable.getBytes(StandardCharsets.UTF_8);
    }
    if (value.length > MAX) {
      throw new RpcException(
          StatusCode.UNKNOWN, "secret " + id + " too big. max size " + MAX / 1024 + " KiB");
    }
    return GetSecretResponse.newBuilder().setData(ByteString.copyFrom(value)).build();
  }
}
