package dev.gatehouse.frontend.transport;

import java.io.IOException;
import java.net.Socket;
import java.util.Collection;
import java.util.concurrent.Executor;

/** Serves one connection. */
public interface RpcServer extends AutoCloseable {

  /**
   * Starts to serve services over a connected socket; {@code grpc.health.v1.Health} is added.
   *
   * @param executor where calls run; must not bound the number of calls at once, since calls wait
   *     for each other
   */
  static RpcServer start(
      Socket socket, Collection<? extends RpcService> services, Executor executor)
      throws IOException {
    return GrpcServer.start(socket, services, executor);
  }

  /** The same, with threads of its own. */
  static RpcServer start(Socket socket, Collection<? extends RpcService> services)
      throws IOException {
    return GrpcServer.start(socket, services, TaskThreads.executor());
  }

  /** Waits until the other end is gone or this is closed. */
  void awaitEnd() throws InterruptedException;

  /** Whether the connection is over. */
  boolean ended();

  /** Cancels running calls and closes the connection. Idempotent. */
  @Override
  void close();
}
