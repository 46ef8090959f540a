package dev.gatehouse.frontend.transport;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/** {@code grpc.health.v1.Health}: serving for as long as there is a connection to ask over. */
final class HealthService implements RpcService {
  /** {@code HealthCheckResponse} with field 1, status, at 1: SERVING. */
  private static final byte[] SERVING = {0x08, 0x01};

  @Override
  public String name() {
    return "grpc.health.v1.Health";
  }

  @Override
  public Map<String, Kind> methods() {
    return Map.of("Check", Kind.UNARY, "Watch", Kind.STREAM);
  }

  @Override
  public byte[] call(String method, byte[] request, Map<String, List<String>> metadata) {
    return SERVING;
  }

  @Override
  public void stream(String method, RpcStream stream, Map<String, List<String>> metadata)
      throws RpcException, InterruptedException {
    stream.send(SERVING);
    // A watch has no end of its own: the caller's going interrupts it.
    new CountDownLatch(1).await();
  }
}
