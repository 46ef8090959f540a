package dev.gatehouse.frontend.server;

import dev.gatehouse.frontend.transport.RpcException;
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
import org.jspecify.annotations.Nullable;

/**
 * {@code moby.buildkit.v1.frontend.LLBBridge}: the seam at which transports differ.
 *
 * <p>The server implements it ({@link BridgeServer}); a client calls it, either the server itself
 * in the same process or {@link RemoteBridge} over a channel.
 */
interface LlbBridge {
  String SERVICE = "moby.buildkit.v1.frontend.LLBBridge";

  PongResponse ping(PingRequest request) throws RpcException, InterruptedException;

  SolveResponse solve(SolveRequest request) throws RpcException, InterruptedException;

  ResolveImageConfigResponse resolveImageConfig(ResolveImageConfigRequest request)
      throws RpcException, InterruptedException;

  ResolveSourceMetaResponse resolveSourceMeta(ResolveSourceMetaRequest request)
      throws RpcException, InterruptedException;

  ReadFileResponse readFile(ReadFileRequest request) throws RpcException, InterruptedException;

  ReadDirResponse readDir(ReadDirRequest request) throws RpcException, InterruptedException;

  StatFileResponse statFile(StatFileRequest request) throws RpcException, InterruptedException;

  EvaluateResponse evaluate(EvaluateRequest request) throws RpcException, InterruptedException;

  ReturnResponse returnResult(ReturnRequest request) throws RpcException, InterruptedException;

  InputsResponse inputs(InputsRequest request) throws RpcException, InterruptedException;

  WarnResponse warn(WarnRequest request) throws RpcException, InterruptedException;

  NewContainerResponse newContainer(NewContainerRequest request)
      throws RpcException, InterruptedException;

  ReleaseContainerResponse releaseContainer(ReleaseContainerRequest request)
      throws RpcException, InterruptedException;

  ReadFileResponse readFileContainer(ReadFileRequest request)
      throws RpcException, InterruptedException;

  ReadDirResponse readDirContainer(ReadDirRequest request)
      throws RpcException, InterruptedException;

  StatFileResponse statFileContainer(StatFileRequest request)
      throws RpcException, InterruptedException;

  /** Opens the stream that carries the processes of all containers of one client. */
  ExecStream execProcess() throws RpcException, InterruptedException;

  /** The client's end of that stream. */
  interface ExecStream extends AutoCloseable {
    /** Safe for several threads. */
    void send(ExecMessage message) throws RpcException, InterruptedException;

    /** Null after the last message. */
    @Nullable ExecMessage receive() throws RpcException, InterruptedException;

    /** Ends the stream and what runs on it. Idempotent. */
    @Override
    void close();
  }
}
