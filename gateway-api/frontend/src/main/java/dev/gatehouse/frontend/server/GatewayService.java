package dev.gatehouse.frontend.server;

import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.Result;
import dev.gatehouse.frontend.transport.RpcService;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * The one server of {@code moby.buildkit.v1.frontend.LLBBridge}: one build of one frontend over a
 * {@link GatewayBackend}.
 *
 * <p>A frontend in the same process is run by {@link
 * GatewayClients#run(dev.gatehouse.frontend.Frontend, GatewayService, GatewayClients.Facts)}; one
 * elsewhere reaches {@link #rpc()} over a connection. What it returns is {@link #result()}. Closing
 * releases containers that the frontend left behind; the backend's references are the backend's.
 */
public final class GatewayService implements AutoCloseable {
  private final CompletableFuture<Result> outcome = new CompletableFuture<>();
  private final BridgeServer bridge;

  public GatewayService(GatewayBackend backend) {
    bridge = new BridgeServer(backend, outcome);
  }

  LlbBridge bridge() {
    return bridge;
  }

  /** The service for a connection. */
  public RpcService rpc() {
    return new BridgeRpcService(bridge);
  }

  /** Whether the frontend has returned a result or an error. */
  public boolean returned() {
    return outcome.isDone();
  }

  /**
   * What the frontend returned.
   *
   * @throws FrontendException the error it returned, or that it ended without returning anything
   */
  public Result result() throws FrontendException {
    if (!outcome.isDone()) {
      throw FrontendException.builder(
              FrontendException.Category.USER, "the frontend ended without returning a result")
          .code("frontend.no-result")
          .hint("a frontend must call Return once before its process ends; see its log above")
          .build();
    }
    try {
      return outcome.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof FrontendException f) {
        throw f;
      }
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException("a finished future does not wait", e);
    }
  }

  /** Waits for {@link #result()}; what ends a build without one must interrupt or {@link #fail}. */
  public Result awaitResult() throws FrontendException, InterruptedException {
    try {
      outcome.get();
    } catch (ExecutionException e) {
      // result() tells.
    }
    return result();
  }

  /**
   * Ends the build with an error unless the frontend has returned something; tells whether it did.
   */
  public boolean fail(FrontendException error) {
    return outcome.completeExceptionally(error);
  }

  @Override
  public void close() {
    bridge.close();
  }
}
