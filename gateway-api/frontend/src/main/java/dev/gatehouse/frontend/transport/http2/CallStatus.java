package dev.gatehouse.frontend.transport.http2;

import dev.gatehouse.frontend.StatusCode;
import dev.gatehouse.frontend.transport.RpcException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** How calls end, in the words of gRPC: what trailers, HTTP statuses and error codes mean. */
final class CallStatus {
  private static final String TYPE = "application/grpc";

  private CallStatus() {}

  /**
   * What is wrong with headers that announce messages.
   *
   * @return null if nothing is
   */
  static @Nullable RpcException ofHeaders(Headers headers) {
    if (headers.isCut()) {
      return tooLarge();
    }
    String status = headers.get(":status");
    if (status == null) {
      return new RpcException(StatusCode.INTERNAL, "the answer has no HTTP status");
    }
    if (!status.equals("200")) {
      return new RpcException(ofHttp(status), "the other end answered with HTTP status " + status);
    }
    String type = headers.get("content-type");
    if (type == null || !type.startsWith(TYPE)) {
      return new RpcException(
          StatusCode.UNKNOWN, "the other end answered with content of type " + type);
    }
    return null;
  }

  /**
   * The failure that trailers tell, or headers that are all there is.
   *
   * @return null if the call went well
   */
  static @Nullable RpcException ofTrailers(Headers trailers) {
    if (trailers.isCut()) {
      return tooLarge();
    }
    String text = trailers.get("grpc-status");
    if (text == null) {
      RpcException wrong = trailers.get(":status") == null ? null : ofHeaders(trailers);
      return wrong == null
          ? new RpcException(StatusCode.UNKNOWN, "the call ended without a status")
          : wrong;
    }
    StatusCode status = StatusCode.of(number(text));
    if (status == StatusCode.OK) {
      return null;
    }
    String message = trailers.get("grpc-message");
    String details = trailers.get("grpc-status-details-bin");
    return new RpcException(
        status,
        message == null ? status.name() : percentDecoded(message),
        details == null ? new byte[0] : bytes(details),
        null);
  }

  /** The failure of a call that the other end reset. */
  static RpcException ofReset(int code) {
    StatusCode status =
        switch (code) {
          case Http2Exception.REFUSED_STREAM -> StatusCode.UNAVAILABLE;
          case Http2Exception.CANCEL -> StatusCode.CANCELLED;
          case Http2Exception.ENHANCE_YOUR_CALM -> StatusCode.RESOURCE_EXHAUSTED;
          case Http2Exception.INADEQUATE_SECURITY -> StatusCode.PERMISSION_DENIED;
          default -> StatusCode.INTERNAL;
        };
    return new RpcException(status, "the other end broke the call off (HTTP/2 error " + code + ")");
  }

  private static RpcException tooLarge() {
    return new RpcException(StatusCode.RESOURCE_EXHAUSTED, "the answer's headers are too large");
  }

  private static StatusCode ofHttp(String status) {
    return switch (status) {
      case "400" -> StatusCode.INTERNAL;
      case "401" -> StatusCode.UNAUTHENTICATED;
      case "403" -> StatusCode.PERMISSION_DENIED;
      case "404" -> StatusCode.UNIMPLEMENTED;
      case "429", "502", "503", "504" -> StatusCode.UNAVAILABLE;
      default -> StatusCode.UNKNOWN;
    };
  }

  private static int number(String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      return StatusCode.UNKNOWN.ordinal();
    }
  }

  /** The text of {@code grpc-message}; what is no proper escape stands for itself. */
  static String percentDecoded(String text) {
    if (text.indexOf('%') < 0) {
      return text;
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      int value = -1;
      if (c == '%' && i + 2 < text.length()) {
        int high = Character.digit(text.charAt(i + 1), 16);
        int low = Character.digit(text.charAt(i + 2), 16);
        value = high < 0 || low < 0 ? -1 : high << 4 | low;
      }
      if (value >= 0) {
        i += 2;
      }
      bytes.write(value >= 0 ? value : c);
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  /** Details are an addition to the status; unreadable ones leave the status as it is. */
  private static byte[] bytes(String base64) {
    try {
      return Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      return new byte[0];
    }
  }
}
