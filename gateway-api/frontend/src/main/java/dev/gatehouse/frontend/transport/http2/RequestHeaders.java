package dev.gatehouse.frontend.transport.http2;

import dev.gatehouse.frontend.StatusCode;
import dev.gatehouse.frontend.transport.RpcException;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The headers that begin a call. */
final class RequestHeaders {
  // Indices of the static table: RFC 7541, appendix A.
  private static final int AUTHORITY = 1;
  private static final int METHOD_POST = 3;
  private static final int PATH = 4;
  private static final int SCHEME_HTTP = 6;

  private RequestHeaders() {}

  /**
   * Encodes them.
   *
   * @param method with a leading slash
   * @throws IllegalArgumentException if metadata has names that headers cannot have
   * @throws RpcException if it holds what headers cannot; in the words of other gRPC clients
   */
  static byte[] encode(String method, String authority, Map<String, List<String>> metadata)
      throws RpcException {
    HeaderEncoder encoder =
        new HeaderEncoder()
            .indexed(METHOD_POST)
            .indexed(SCHEME_HTTP)
            .named(PATH, method)
            .named(AUTHORITY, authority)
            .literal("content-type", "application/grpc")
            .literal("te", "trailers")
            .literal("user-agent", "gatehouse");
    for (Map.Entry<String, List<String>> entry : metadata.entrySet()) {
      String name = entry.getKey().toLowerCase(Locale.ROOT);
      checkName(name);
      for (String value : entry.getValue()) {
        checkValue(name, value);
        encoder.literal(name, value);
      }
    }
    return encoder.toBytes();
  }

  private static void checkName(String name) {
    boolean good = !name.isEmpty() && !name.endsWith("-bin");
    for (int i = 0; good && i < name.length(); i++) {
      char c = name.charAt(i);
      good = c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.';
    }
    if (!good) {
      throw new IllegalArgumentException("metadata cannot be named \"" + name + '"');
    }
  }

  private static void checkValue(String name, String value) throws RpcException {
    for (int i = 0; i < value.length(); i++) {
      if (value.charAt(i) < ' ' || value.charAt(i) > '~') {
        throw new RpcException(
            StatusCode.INTERNAL,
            "header key \"%s\" contains value with non-printable ASCII characters".formatted(name));
      }
    }
  }
}
