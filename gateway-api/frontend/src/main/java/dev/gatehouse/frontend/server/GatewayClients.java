package dev.gatehouse.frontend.server;

import com.google.protobuf.ByteString;
import dev.gatehouse.frontend.BuildOptions;
import dev.gatehouse.frontend.CapabilitySet;
import dev.gatehouse.frontend.Frontend;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.FrontendException.Category;
import dev.gatehouse.frontend.GatewayCapabilities;
import dev.gatehouse.frontend.Result;
import dev.gatehouse.frontend.WorkerInfo;
import dev.gatehouse.frontend.transport.RpcChannel;
import dev.gatehouse.llb.json.Json;
import dev.gatehouse.protocol.gateway.PingRequest;
import dev.gatehouse.protocol.gateway.PongResponse;
import dev.gatehouse.protocol.gateway.ReturnRequest;
import dev.gatehouse.protocol.gateway.SolveRequest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Runs frontends against a gateway: in the same process, or at the other end of a channel.
 *
 * <p>Either way it is the one client and the one server of the protocol that talk; only the way of
 * the messages differs.
 */
public final class GatewayClients {
  /** What servers could do when capabilities came; frozen. */
  private static final List<String> FIRST_GATEWAY =
      List.of(
          GatewayCapabilities.SOLVE_BASE,
          GatewayCapabilities.SOLVE_INLINE_RETURN,
          GatewayCapabilities.RESOLVE_IMAGE,
          GatewayCapabilities.READ_FILE);

  /** What definitions could contain then; frozen. */
  private static final List<String> FIRST_LLB =
      List.of(
          "source.image",
          "source.local",
          "source.local.unique",
          "source.local.sessionid",
          "source.local.includepatterns",
          "source.local.followpaths",
          "source.local.excludepatterns",
          "source.local.sharedkeyhint",
          "source.git",
          "source.git.keepgitdir",
          "source.git.fullurl",
          "source.http",
          "source.http.checksum",
          "source.http.perm",
          "soruce.http.uidgid",
          "source.buildop.llbfilename",
          "exec.meta.base",
          "exec.meta.proxyenv",
          "exec.mount.bind",
          "exec.mount.cache",
          "exec.mount.cache.sharing",
          "exec.mount.selector",
          "exec.mount.tmpfs",
          "exec.mount.secret",
          "constraints",
          "platform",
          "meta.ignorecache",
          "meta.description",
          "meta.exportcache");

  private GatewayClients() {}

  /**
   * The facts of a build that do not come through the gateway.
   *
   * @param options frontend options by name
   * @param sessionId the session of the client that builds
   * @param product the server's product name, or empty
   * @param workers empty to ask the gateway
   */
  public record Facts(
      Map<String, String> options, String sessionId, String product, List<WorkerInfo> workers) {
    public Facts {
      options = Map.copyOf(options);
      Objects.requireNonNull(sessionId, "sessionId");
      Objects.requireNonNull(product, "product");
      workers = List.copyOf(workers);
    }
  }

  /**
   * Runs a frontend in this process and hands its result, or its failure, to the service.
   *
   * <p>What a frontend throws is thrown here, and known to the service as well. Exceptions other
   * than {@link FrontendException} become an internal error that names the frontend's class.
   *
   * @return the result in the backend's terms
   */
  public static Result run(Frontend frontend, GatewayService service, Facts facts)
      throws FrontendException, InterruptedException {
    run(frontend, service.bridge(), facts);
    return service.result();
  }

  /**
   * Runs a frontend against the gateway at the other end of a channel, which gets its result or
   * failure.
   *
   * @param metadata sent with every call, such as the id of a build on a control connection
   */
  public static void run(
      Frontend frontend, RpcChannel channel, Map<String, List<String>> metadata, Facts facts)
      throws FrontendException, InterruptedException {
    run(frontend, new RemoteBridge(channel, metadata), facts);
  }

  private static void run(Frontend frontend, LlbBridge bridge, Facts facts)
      throws FrontendException, InterruptedException {
    PongResponse pong = BridgeClient.call(() -> bridge.ping(PingRequest.getDefaultInstance()));
    CapabilitySet gateway =
        pong.getFrontendAPICapsCount() == 0
            ? CapabilitySet.ofIds(FIRST_GATEWAY)
            : Wire.capabilities(pong.getFrontendAPICapsList());
    CapabilitySet llb =
        pong.getLLBCapsCount() == 0
            ? CapabilitySet.ofIds(FIRST_LLB)
            : Wire.capabilities(pong.getLLBCapsList());
    List<WorkerInfo> workers = new ArrayList<>(facts.workers());
    if (workers.isEmpty()) {
      pong.getWorkersList().forEach(w -> workers.add(Wire.worker(w)));
    }
    BuildOptions options =
        new BuildOptions(
            facts.options(), facts.sessionId(), facts.product(), workers, llb, gateway);
    try (BridgeClient client = new BridgeClient(bridge, options)) {
      boolean canReturn = gateway.supports(GatewayCapabilities.RETURN_RESULT);
      ReturnRequest.Builder answer = ReturnRequest.newBuilder();
      Result result;
      try {
        result = build(frontend, client);
        if (canReturn) {
          ReturnRequest whole = ReturnRequest.newBuilder().setResult(client.wire(result)).build();
          MessageLimit.check("a result", whole, "put less into its metadata");
          answer.mergeFrom(whole);
        }
      } catch (FrontendException e) {
        if (canReturn) {
          answer.setError(Statuses.toStatus(e));
          returnError(bridge, answer.build(), e);
        }
        throw e;
      } catch (InterruptedException e) {
        if (canReturn) {
          returnError(
              bridge,
              answer
                  .setError(
                      Statuses.toStatus(
                          FrontendException.builder(Category.CANCELLED, "the build was cancelled")
                              .build()))
                  .build(),
              e);
        }
        throw e;
      }
      if (canReturn) {
        ReturnRequest request = answer.build();
        BridgeClient.call(() -> bridge.returnResult(request));
      } else {
        SolveRequest request = lastSolve(client, result);
        BridgeClient.call(() -> bridge.solve(request));
      }
    }
  }

  private static Result build(Frontend frontend, BridgeClient client)
      throws FrontendException, InterruptedException {
    Result result;
    try {
      result = frontend.build(client);
    } catch (RuntimeException | LinkageError | StackOverflowError | AssertionError e) {
      throw FrontendException.builder(
              Category.INTERNAL, "frontend " + frontend.getClass().getName() + " failed: " + e)
          .code("frontend.failed")
          .cause(e)
          .build();
    }
    if (result == null) {
      throw FrontendException.builder(
              Category.INTERNAL, "frontend " + frontend.getClass().getName() + " returned null")
          .code("frontend.no-result")
          .hint("return Result.empty() for an empty file system")
          .build();
    }
    return result;
  }

  /** Tells the server; that it could not be told is added to what went wrong first. */
  private static void returnError(LlbBridge bridge, ReturnRequest request, Exception cause) {
    boolean interrupted = Thread.interrupted();
    try {
      BridgeClient.call(() -> bridge.returnResult(request));
    } catch (FrontendException e) {
      cause.addSuppressed(e);
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static SolveRequest lastSolve(BridgeClient client, Result result)
      throws FrontendException {
    if (!result.references().isEmpty()) {
      client.options().gatewayCapabilities().require(GatewayCapabilities.RETURN_MAP);
    }
    Map<String, Object> attributes = new LinkedHashMap<>();
    result.metadata().forEach((k, v) -> attributes.put(k, Base64.getEncoder().encodeToString(v)));
    return client.requestOf(result.reference()).toBuilder()
        .setFinal(true)
        .setExporterAttr(ByteString.copyFrom(Json.bytes(attributes)))
        .build();
  }
}
