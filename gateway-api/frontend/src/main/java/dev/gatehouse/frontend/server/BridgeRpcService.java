package dev.gatehouse.frontend.server;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import dev.gatehouse.frontend.StatusCode;
import dev.gatehouse.frontend.transport.RpcException;
import dev.gatehouse.frontend.transport.RpcService;
import dev.gatehouse.frontend.transport.RpcStream;
import dev.gatehouse.protocol.gateway.EvaluateRequest;
import dev.gatehouse.protocol.gateway.ExecMessage;
import dev.gatehouse.protocol.gateway.InputsRequest;
import dev.gatehouse.protocol.gateway.NewContainerRequest;
import dev.gatehouse.protocol.gateway.PingRequest;
import dev.gatehouse.protocol.gateway.ReadDirRequest;
import dev.gatehouse.protocol.gateway.ReadFileRequest;
import dev.gatehouse.protocol.gateway.ReleaseContainerRequest;
import dev.gatehouse.protocol.gateway.ResolveImageConfigRequest;
import dev.gatehouse.protocol.gateway.ResolveSourceMetaRequest;
import dev.gatehouse.protocol.gateway.ReturnRequest;
import dev.gatehouse.protocol.gateway.SolveRequest;
import dev.gatehouse.protocol.gateway.StatFileRequest;
import dev.gatehouse.protocol.gateway.WarnRequest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A bridge behind a connection: message bytes to handlers. */
final class BridgeRpcService implements RpcService {
  private static final String EXEC = "ExecProcess";

  /** A method: how its request is read and what serves it. */
  private record Method<Q extends MessageLite>(Parser<Q> parser, Call<Q> call) {
    byte[] run(byte[] request) throws RpcException, InterruptedException {
      Q message;
      try {
        message = parser.parseFrom(request);
      } catch (InvalidProtocolBufferException e) {
        throw new RpcException(
            StatusCode.INVALID_ARGUMENT, "unreadable request: " + e.getMessage());
      }
      return call.run(message).toByteArray();
    }
  }

  private interface Call<Q> {
    MessageLite run(Q request) throws RpcException, InterruptedException;
  }

  private final BridgeServer bridge;
  private final Map<String, Method<?>> methods = new LinkedHashMap<>();
  private final Map<String, Kind> kinds = new LinkedHashMap<>();

  BridgeRpcService(BridgeServer bridge) {
    this.bridge = bridge;
    add("Ping", PingRequest.parser(), bridge::ping);
    add("Solve", SolveRequest.parser(), bridge::solve);
    add("ResolveImageConfig", ResolveImageConfigRequest.parser(), bridge::resolveImageConfig);
    add("ResolveSourceMeta", ResolveSourceMetaRequest.parser(), bridge::resolveSourceMeta);
    add("ReadFile", ReadFileRequest.parser(), bridge::readFile);
    add("ReadDir", ReadDirRequest.parser(), bridge::readDir);
    add("StatFile", StatFileRequest.parser(), bridge::statFile);
    add("Evaluate", EvaluateRequest.parser(), bridge::evaluate);
    add("Return", ReturnRequest.parser(), bridge::returnResult);
    add("Inputs", InputsRequest.parser(), bridge::inputs);
    add("Warn", WarnRequest.parser(), bridge::warn);
    add("NewContainer", NewContainerRequest.parser(), bridge::newContainer);
    add("ReleaseContainer", ReleaseContainerRequest.parser(), bridge::releaseContainer);
    add("ReadFileContainer", ReadFileRequest.parser(), bridge::readFileContainer);
    add("ReadDirContainer", ReadDirRequest.parser(), bridge::readDirContainer);
    add("StatFileContainer", StatFileRequest.parser(), bridge::statFileContainer);
    kinds.put(EXEC, Kind.STREAM);
  }

  private <Q extends MessageLite> void add(String name, Parser<Q> parser, Call<Q> call) {
    methods.put(name, new Method<>(parser, call));
    kinds.put(name, Kind.UNARY);
  }

  @Override
  public String name() {
    return LlbBridge.SERVICE;
  }

  @Override
  public Map<String, Kind> methods() {
    return kinds;
  }

  @Override
  public byte[] call(String method, byte[] request, Map<String, List<String>> metadata)
      throws RpcException, InterruptedException {
    Method<?> m = methods.get(method);
    if (m == null) {
      throw new RpcException(StatusCode.UNIMPLEMENTED, "unknown method " + method);
    }
    return m.run(request);
  }

  @Override
  public void stream(String method, RpcStream stream, Map<String, List<String>> metadata)
      throws RpcException, InterruptedException {
    if (!method.equals(EXEC)) {
      throw new RpcException(StatusCode.UNIMPLEMENTED, "unknown method " + method);
    }
    bridge.serve(
        new ExecSession.Peer() {
          @Override
          public void send(ExecMessage message) throws RpcException, InterruptedException {
            stream.send(message.toByteArray());
          }

          @Override
          public @Nullable ExecMessage receive() throws RpcException, InterruptedException {
            return RemoteBridge.execMessage(stream.receive());
          }
        });
  }
}
