package dev.gatehouse.frontend.transport;

import java.util.List;
import java.util.Map;

/**
 * A client's end of a connection that speaks gRPC.
 *
 * <p>Methods are named in full with a leading slash, such as {@code
 * /moby.buildkit.v1.frontend.LLBBridge/Ping}. Safe for use by several threads; an interrupted
 * thread cancels its call.
 *
 * <p>A call has no deadline: a solve takes as long as its longest process, and only who asked for
 * it knows when to give up. It ends with its answer, with its thread's interruption, or with the
 * connection: the end of the streams ends all calls on them with UNAVAILABLE, and {@link
 * TcpKeepAlive} ends a connection whose other machine is gone without a word.
 */
public interface RpcChannel extends AutoCloseable {

  /** Most bytes of a message that BuildKit accepts. */
  int MAX_MESSAGE = 16 << 20;

  /** Begins to greet the other end, which the first call would do; does not wait for it. */
  default void connect() {}

  /** Calls a method with one request and one answer. */
  byte[] call(String method, byte[] request, Map<String, List<String>> metadata)
      throws RpcException, InterruptedException;

  /** Opens a method with a stream in either direction. */
  RpcStream open(String method, Map<String, List<String>> metadata) throws RpcException;

  /** Calls without metadata. */
  default byte[] call(String method, byte[] request) throws RpcException, InterruptedException {
    return call(method, request, Map.of());
  }

  /** Ends the connection and the calls on it. Idempotent. */
  @Override
  void close();
}
