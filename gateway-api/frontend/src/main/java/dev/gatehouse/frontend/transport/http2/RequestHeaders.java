package dev.gatehouse.frontend.transport.http2;

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
   * @throws IllegalArgumentException if metadata holds what headers cannot
   */
  static byte[] encode(String method, String authority, Map<String, List<String>> metadata) {
    HeaderEncoder encoder =
        new HeaderEncoder()
            .indexed(METHOD_POST)
            .indexed(SCHEME_HTTP)
            .named(PATH, method)
            .named(AUTHORITY, authority)
            .literal("content-type", "application/grpc")
            .literal("te", "trailers")
            .literal("user-agent", "gatehouse");
    metadata.forEach((name, values) -> {
      String lower = name.toLowerCase(Locale.ROOT);
      checkName(lower);
      for (String value : values) {
        checkValue(lower, value);
        encoder.literal(lower, value);
      }
    });
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

  private static void checkValue(String name, String value) {
    for (int i = 0; i < value.length(); i++) {
      if (value.charAt(i) < ' ' || value.charAt(i) > '~') {
        throw new IllegalArgumentException("metadata " + name + " holds more than ASCII text");
      }
    }
  }
}
