package dev.gatehouse.daemon.control;

import dev.gatehouse.frontend.StatusCode;
import dev.gatehouse.frontend.transport.RpcException;
import dev.gatehouse.frontend.transport.RpcService;
import dev.gatehouse.frontend.transport.RpcStream;
import java.util.List;
import java.util.Map;

/**
 * OTLP's {@code TraceService}: takes clients' spans and drops them, for there is no collector to
 * hand them to.
 */
final class TraceService implements RpcService {
  @Override
  public String name() {
    return "opentelemetry.proto.collector.trace.v1.TraceService";
  }

  @Override
  public Map<String, Kind> methods() {
    return Map.of("Export", Kind.UNARY);
  }

  /** An {@code ExportTraceServiceResponse} without partial success is empty. */
  @Override
  public byte[] call(String method, byte[] request, Map<String, List<String>> metadata) {
    return new byte[0];
  }

  @Override
  public void stream(String method, RpcStream stream, Map<String, List<String>> metadata)
      throws RpcException {
    throw new RpcException(StatusCode.UNIMPLEMENTED, "unknown method " + method);
  }
}
