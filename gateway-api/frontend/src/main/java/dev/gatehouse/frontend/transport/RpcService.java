package dev.gatehouse.frontend.transport;

import java.util.List;
import java.util.Map;

/**
 * A gRPC service at the level of method names and message bytes.
 *
 * <p>Each call runs on a thread of its own that is interrupted when the caller goes away.
 */
public interface RpcService {

  /**
   * Whether a method takes one request and gives one answer, or is a stream in at least one
   * direction.
   */
  enum Kind {
    UNARY,
    STREAM
  }

  /** Full name, such as {@code moby.buildkit.v1.frontend.LLBBridge}. */
  String name();

  /** The methods by simple name. */
  Map<String, Kind> methods();

  /** Serves a call of a {@link Kind#UNARY} method. */
  byte[] call(String method, byte[] request, Map<String, List<String>> metadata)
      throws RpcException, InterruptedException;

  /** Serves a call of a {@link Kind#STREAM} method; the call ends with OK when this returns. */
  void stream(String method, RpcStream stream, Map<String, List<String>> metadata)
      throws RpcException, InterruptedException;
}
