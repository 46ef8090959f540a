package dev.gatehouse.daemon.control;

import dev.gatehouse.daemon.build.ActiveBuild;
import dev.gatehouse.daemon.build.Builds;
import dev.gatehouse.frontend.StatusCode;
import dev.gatehouse.frontend.server.GatewayService;
import dev.gatehouse.frontend.transport.RpcException;
import dev.gatehouse.frontend.transport.RpcService;
import dev.gatehouse.frontend.transport.RpcStream;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The gateway on the control connection: calls go to the build that their metadata names. */
final class BridgeForwarder implements RpcService {
  private static final String BUILD_ID = "buildkit-controlapi-buildid";
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  private static final List<String> UNARY =
      List.of(
          "Ping",
          "Solve",
          "ResolveImageConfig",
          "ResolveSourceMeta",
          "ReadFile",
          "ReadDir",
          "StatFile",
          "Evaluate",
          "Return",
          "Inputs",
          "Warn",
          "NewContainer",
          "ReleaseContainer",
          "ReadFileContainer",
          "ReadDirContainer",
          "StatFileContainer");

  private final Builds builds;
  private final Map<String, Kind> methods = new HashMap<>();

  BridgeForwarder(Builds builds) {
    this.builds = builds;
    UNARY.forEach(name -> methods.put(name, Kind.UNARY));
    methods.put("ExecProcess", Kind.STREAM);
  }

  @Override
  public String name() {
    return "moby.buildkit.v1.frontend.LLBBridge";
  }

  @Override
  public Map<String, Kind> methods() {
    return methods;
  }

  @Override
  public byte[] call(String method, byte[] request, Map<String, List<String>> metadata)
      throws RpcException, InterruptedException {
    return find(metadata).call(method, request, metadata);
  }

  @Override
  public void stream(String method, RpcStream stream, Map<String, List<String>> metadata)
      throws RpcException, InterruptedException {
    find(metadata).stream(method, stream, metadata);
  }

  private RpcService find(Map<String, List<String>> metadata)
      throws RpcException, InterruptedException {
    List<String> ids = metadata.getOrDefault(BUILD_ID, List.of());
    if (ids.isEmpty()) {
      throw new RpcException(StatusCode.INVALID_ARGUMENT, "no buildid found in context");
    }
    String id = ids.get(0);
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    Optional<ActiveBuild> build = builds.await(id, PATIENCE);
    while (build.isPresent() && build.get().running()) {
      Optional<GatewayService> gateway = build.get().gateway();
      if (gateway.isPresent()) {
        return gateway.get().rpc();
      }
      if (!build.get().task().clientIsFrontend() && System.nanoTime() >= deadline) {
        break;
      }
      Thread.sleep(5); // the build waits for its session and its caches before it opens its gateway
    }
    throw new RpcException(StatusCode.NOT_FOUND, "no such job " + id);
  }
}
