package dev.gatehouse.frontend.server;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import dev.gatehouse.frontend.StatusCode;
import dev.gatehouse.frontend.transport.RpcChannel;
import dev.gatehouse.frontend.transport.RpcException;
import dev.gatehouse.frontend.transport.RpcStream;
import dev.gatehouse.protocol.gateway.EvaluateRequest;
import dev.gatehouse.protocol.gateway.EvaluateResponse;
import dev.gatehouse.protocol.gateway.ExecMessage;
import dev.gatehouse.protocol.gateway.InputsRequest;
import dev.gatehouse.protocol.gateway.InputsResponse;
import dev.gatehouse.protocol.gateway.NewContainerRequest;
import dev.gatehouse.protocol.gateway.NewContainerResponse;
import dev.gatehouse.protocol.gateway.PingRequest;
import dev.gatehouse.protocol.gateway.PongResponse;
import dev.gatehouse.protocol.gateway.ReadDirRequest;
import dev.gatehouse.protocol.gateway.ReadDirResponse;
import dev.gatehouse.protocol.gateway.ReadFileRequest;
import dev.gatehouse.protocol.gateway.ReadFileResponse;
import dev.gatehouse.protocol.gateway.ReleaseContainerRequest;
import dev.gatehouse.protocol.gateway.ReleaseContainerResponse;
import dev.gatehouse.protocol.gateway.ResolveImageConfigRequest;
import dev.gatehouse.protocol.gateway.ResolveImageConfigResponse;
import dev.gatehouse.protocol.gateway.ResolveSourceMetaRequest;
import dev.gatehouse.protocol.gateway.ResolveSourceMetaResponse;
import dev.gatehouse.protocol.gateway.ReturnRequest;
import dev.gatehouse.protocol.gateway.ReturnResponse;
import dev.gatehouse.protocol.gateway.SolveRequest;
import dev.gatehouse.protocol.gateway.SolveResponse;
import dev.gatehouse.protocol.gateway.StatFileRequest;
import dev.gatehouse.protocol.gateway.StatFileResponse;
import dev.gatehouse.protocol.gateway.WarnRequest;
import dev.gatehouse.protocol.gateway.WarnResponse;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A bridge at the other end of a channel. */
final class RemoteBridge implements LlbBridge {
  private final RpcChannel channel;
  private final Map<String, List<String>> metadata;

  RemoteBridge(RpcChannel channel, Map<String, List<String>> metadata) {
    this.channel = channel;
    this.metadata = metadata;
  }

  private <A> A call(String method, MessageLite request, Parser<A> parser)
      throws RpcException, InterruptedException {
    byte[] answer = channel.call("/" + SERVICE + "/" + method, request.toByteArray(), metadata);
    try {
      return parser.parseFrom(answer);
    } catch (InvalidProtocolBufferException e) {
      throw new RpcException(
          StatusCode.INTERNAL, method + " gave an unreadable answer: " + e.getMessage());
    }
  }

  @Override
  public PongResponse ping(PingRequest request) throws RpcException, InterruptedException {
    return call("Ping", request, PongResponse.parser());
  }

  @Override
  public SolveResponse solve(SolveRequest request) throws RpcException, InterruptedException {
    return call("Solve", request, SolveResponse.parser());
  }

  @Override
  public ResolveImageConfigResponse resolveImageConfig(ResolveImageConfigRequest request)
      throws RpcException, InterruptedException {
    return call("ResolveImageConfig", request, ResolveImageConfigResponse.parser());
  }

  @Override
  public ResolveSourceMetaResponse resolveSourceMeta(ResolveSourceMetaRequest request)
      throws RpcException, InterruptedException {
    return call("ResolveSourceMeta", request, ResolveSourceMetaResponse.parser());
  }

  @Override
  public ReadFileResponse readFile(ReadFileRequest request)
      throws RpcException, InterruptedException {
    return call("ReadFile", request, ReadFileResponse.parser());
  }

  @Override
  public ReadDirResponse readDir(ReadDirRequest request) throws RpcException, InterruptedException {
    return call("ReadDir", request, ReadDirResponse.parser());
  }

  @Override
  public StatFileResponse statFile(StatFileRequest request)
      throws RpcException, InterruptedException {
    return call("StatFile", request, StatFileResponse.parser());
  }

  @Override
  public EvaluateResponse evaluate(EvaluateRequest request)
      throws RpcException, InterruptedException {
    return call("Evaluate", request, EvaluateResponse.parser());
  }

  @Override
  public ReturnResponse returnResult(ReturnRequest request)
      throws RpcException, InterruptedException {
    return call("Return", request, ReturnResponse.parser());
  }

  @Override
  public InputsResponse inputs(InputsRequest request) throws RpcException, InterruptedException {
    return call("Inputs", request, InputsResponse.parser());
  }

  @Override
  public WarnResponse warn(WarnRequest request) throws RpcException, InterruptedException {
    return call("Warn", request, WarnResponse.parser());
  }

  @Override
  public NewContainerResponse newContainer(NewContainerRequest request)
      throws RpcException, InterruptedException {
    return call("NewContainer", request, NewContainerResponse.parser());
  }

  @Override
  public ReleaseContainerResponse releaseContainer(ReleaseContainerRequest request)
      throws RpcException, InterruptedException {
    return call("ReleaseContainer", request, ReleaseContainerResponse.parser());
  }

  @Override
  public ReadFileResponse readFileContainer(ReadFileRequest request)
      throws RpcException, InterruptedException {
    return call("ReadFileContainer", request, ReadFileResponse.parser());
  }

  @Override
  public ReadDirResponse readDirContainer(ReadDirRequest request)
      throws RpcException, InterruptedException {
    return call("ReadDirContainer", request, ReadDirResponse.parser());
  }

  @Override
  public StatFileResponse statFileContainer(StatFileRequest request)
      throws RpcException, InterruptedException {
    return call("StatFileContainer", request, StatFileResponse.parser());
  }

  static @Nullable ExecMessage execMessage(byte @Nullable [] bytes) throws RpcException {
    if (bytes == null) {
      return null;
    }
    try {
      return ExecMessage.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw new RpcException(
          StatusCode.INTERNAL, "unreadable message of a process: " + e.getMessage());
    }
  }

  @Override
  public ExecStream execProcess() throws RpcException {
    RpcStream stream = channel.open("/" + SERVICE + "/ExecProcess", metadata);
    return new ExecStream() {
      @Override
      public void send(ExecMessage message) throws RpcException, InterruptedException {
        stream.send(message.toByteArray());
      }

      @Override
      public @Nullable ExecMessage receive() throws RpcException, InterruptedException {
        return execMessage(stream.receive());
      }

      @Override
      public void close() {
        stream.close();
      }
    };
  }
}
