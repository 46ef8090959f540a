package dev.gatehouse.frontend.server;

import com.google.protobuf.ByteString;
import dev.gatehouse.frontend.CacheImport;
import dev.gatehouse.frontend.Container;
import dev.gatehouse.frontend.FileStat;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.FrontendException.Category;
import dev.gatehouse.frontend.ImageResolveOptions;
import dev.gatehouse.frontend.Reference;
import dev.gatehouse.frontend.ResolvedImage;
import dev.gatehouse.frontend.Result;
import dev.gatehouse.frontend.SourceMetadata;
import dev.gatehouse.frontend.SourcePolicy;
import dev.gatehouse.frontend.SourceRequest;
import dev.gatehouse.frontend.StatusCode;
import dev.gatehouse.frontend.Warning;
import dev.gatehouse.frontend.transport.RpcChannel;
import dev.gatehouse.frontend.transport.RpcException;
import dev.gatehouse.frontend.transport.TaskThreads;
import dev.gatehouse.llb.LlbException;
import dev.gatehouse.llb.json.Json;
import dev.gatehouse.llb.json.JsonException;
import dev.gatehouse.llb.oci.Platform;
import dev.gatehouse.protocol.gateway.EvaluateRequest;
import dev.gatehouse.protocol.gateway.EvaluateResponse;
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
import dev.gatehouse.protocol.sourcepolicy.Policy;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The handlers of {@link GatewayService}: messages in, messages out, records to the backend. */
final class BridgeServer implements LlbBridge, AutoCloseable {
  private final GatewayBackend backend;
  private final CompletableFuture<Result> outcome;
  private final ServedReferences references = new ServedReferences();
  private final ServedContainers containers;
  private final Set<ExecSession> sessions = ConcurrentHashMap.newKeySet();

  BridgeServer(GatewayBackend backend, CompletableFuture<Result> outcome) {
    this.backend = backend;
    this.outcome = outcome;
    this.containers = new ServedContainers(backend, references);
  }

  /** The body of a handler in the backend's terms. */
  private interface Handler<T> {
    T run() throws FrontendException, InterruptedException;
  }

  private static <T> T handle(Handler<T> body) throws RpcException, InterruptedException {
    try {
      return body.run();
    } catch (FrontendException e) {
      throw Statuses.toRpc(e);
    } catch (LlbException | IllegalArgumentException e) {
      throw Statuses.toRpc(
          FrontendException.builder(Category.USER, String.valueOf(e.getMessage()))
              .status(StatusCode.INVALID_ARGUMENT)
              .cause(e)
              .build());
    }
  }

  @Override
  public PongResponse ping(PingRequest request) {
    PongResponse.Builder b = PongResponse.newBuilder();
    backend
        .gatewayCapabilities()
        .capabilities()
        .values()
        .forEach(c -> b.addFrontendAPICaps(Wire.capability(c)));
    backend
        .llbCapabilities()
        .capabilities()
        .values()
        .forEach(c -> b.addLLBCaps(Wire.capability(c)));
    backend.workers().forEach(w -> b.addWorkers(Wire.worker(w)));
    return b.build();
  }

  @Override
  public SolveResponse solve(SolveRequest request) throws RpcException, InterruptedException {
    return handle(() -> {
      Result result = backend.solve(solveRequest(request));
      if (!result.references().isEmpty() && !request.getAllowResultReturn()) {
        throw FrontendException.internal("solve did not return default result");
      }
      SolveResponse.Builder response = SolveResponse.newBuilder();
      dev.gatehouse.protocol.gateway.Result.Builder b =
          references.message(result, request.getAllowResultArrayRef());
      if (!request.getAllowResultReturn()) {
        response.setRef(b.hasRef() ? b.getRef().getId() : b.getRefDeprecated());
      }
      if (request.getFinal()) {
        finish(request, result);
      }
      return response.setResult(b).build();
    });
  }

  private static dev.gatehouse.frontend.SolveRequest solveRequest(SolveRequest request) {
    dev.gatehouse.frontend.SolveRequest.Builder b =
        dev.gatehouse.frontend.SolveRequest.builder()
            .frontend(request.getFrontend())
            .frontendOptions(request.getFrontendOptMap())
            .evaluate(request.getEvaluate())
            .cacheImports(
                request.getCacheImportsList().stream()
                    .<CacheImport>map(c -> Wire.cacheImport(c))
                    .toList())
            .sourcePolicies(policies(request.getSourcePoliciesList()));
    if (request.hasDefinition()) {
      b.definition(Wire.definition(request.getDefinition()));
    }
    request.getFrontendInputsMap().forEach((name, d) -> b.frontendInput(name, Wire.definition(d)));
    return b.build();
  }

  private static List<SourcePolicy> policies(List<Policy> list) {
    return list.stream().<SourcePolicy>map(p -> Wire.policy(p)).toList();
  }

  /**
   * The result of a frontend from before {@code Return}, as options of the exporter on its last
   * solve.
   */
  private void finish(SolveRequest request, Result result) throws FrontendException {
    Result.Builder b = Result.builder().reference(result.reference());
    try {
      if (!request.getExporterAttr().isEmpty()
          && Json.parse(request.getExporterAttr().toByteArray()) instanceof Map<?, ?> attributes) {
        attributes.forEach((key, value) ->
            b.metadata(String.valueOf(key), Base64.getDecoder().decode(String.valueOf(value))));
      }
    } catch (JsonException e) {
      throw Statuses.invalid("exporter attributes are not JSON: " + e.getMessage());
    }
    result.metadata().forEach(b::metadata);
    outcome.complete(b.build());
  }

  @Override
  public ReturnResponse returnResult(ReturnRequest request)
      throws RpcException, InterruptedException {
    return handle(() -> {
      if (request.hasError() == request.hasResult()) {
        throw Statuses.invalid("gateway return must be either result or err");
      }
      boolean first =
          request.hasError()
              ? outcome.completeExceptionally(Statuses.toException(request.getError(), null))
              : outcome.complete(references.result(request.getResult()));
      if (!first) {
        throw FrontendException.builder(Category.USER, "gateway result is already set")
            .status(StatusCode.FAILED_PRECONDITION)
            .build();
      }
      return ReturnResponse.getDefaultInstance();
    });
  }

  @Override
  public ResolveImageConfigResponse resolveImageConfig(ResolveImageConfigRequest request)
      throws RpcException, InterruptedException {
    return handle(() -> {
      ImageResolveOptions options =
          new ImageResolveOptions(
              request.hasPlatform() ? Wire.platform(request.getPlatform()) : null,
              request.getResolveMode(),
              request.getLogName(),
              request.getResolverType() == 1
                  ? new ImageResolveOptions.OciLayout(request.getSessionID(), request.getStoreID())
                  : null,
              policies(request.getSourcePoliciesList()));
      ResolvedImage image = backend.resolveImageConfig(request.getRef(), options);
      return ResolveImageConfigResponse.newBuilder()
          .setRef(image.reference())
          .setDigest(image.digest())
          .setConfig(ByteString.copyFrom(image.config()))
          .build();
    });
  }

  @Override
  public ResolveSourceMetaResponse resolveSourceMeta(ResolveSourceMetaRequest request)
      throws RpcException, InterruptedException {
    return handle(() -> {
      if (!request.hasSource()) {
        throw Statuses.invalid("source is required");
      }
      Platform platform = request.hasPlatform() ? Wire.platform(request.getPlatform()) : null;
      SourceRequest.Image image =
          request.hasImage()
              ? new SourceRequest.Image(
                  request.getImage().getNoConfig(),
                  request.getImage().getAttestationChain(),
                  request.getImage().getResolveAttestationsList())
              : null;
      SourceMetadata metadata =
          backend.resolveSourceMetadata(
              new SourceRequest(
                  request.getSource().getIdentifier(),
                  request.getSource().getAttrsMap(),
                  platform,
                  request.getLogName(),
                  request.getResolveMode(),
                  image,
                  request.getGit().getReturnObject(),
                  checksum(request),
                  policies(request.getSourcePoliciesList())));
      return BridgeResults.metadata(metadata);
    });
  }

  private static SourceRequest.@Nullable Checksum checksum(ResolveSourceMetaRequest request) {
    if (!request.getHTTP().hasChecksumRequest()) {
      return null;
    }
    var c = request.getHTTP().getChecksumRequest();
    return new SourceRequest.Checksum(
        switch (c.getAlgo()) {
          case CHECKSUM_ALGO_SHA256 -> SourceRequest.Algorithm.SHA256;
          case CHECKSUM_ALGO_SHA384 -> SourceRequest.Algorithm.SHA384;
          case CHECKSUM_ALGO_SHA512 -> SourceRequest.Algorithm.SHA512;
          case UNRECOGNIZED ->
              throw new IllegalArgumentException(
                  "invalid http checksum algorithm: " + c.getAlgoValue());
        },
        c.getSuffix().toByteArray());
  }

  private static ReadFileResponse file(byte[] data, String path) throws FrontendException {
    if (data.length > RpcChannel.MAX_MESSAGE - 64) {
      throw FrontendException.builder(
              Category.USER,
              path
                  + " is larger than the "
                  + (RpcChannel.MAX_MESSAGE >> 20)
                  + " MiB that one message may hold")
          .status(StatusCode.RESOURCE_EXHAUSTED)
          .code("gateway.message-too-large")
          .hint("read it in parts, with an offset and a length")
          .build();
    }
    return ReadFileResponse.newBuilder().setData(ByteString.copyFrom(data)).build();
  }

  private static Optional<String> pattern(ReadDirRequest request) {
    return request.getIncludePattern().isEmpty()
        ? Optional.empty()
        : Optional.of(request.getIncludePattern());
  }

  private static ReadDirResponse directory(List<FileStat> entries) {
    ReadDirResponse.Builder b = ReadDirResponse.newBuilder();
    entries.forEach(e -> b.addEntries(Wire.stat(e)));
    return b.build();
  }

  @Override
  public ReadFileResponse readFile(ReadFileRequest request)
      throws RpcException, InterruptedException {
    return handle(() -> {
      Reference reference = references.get(request.getRef());
      byte[] data =
          request.hasRange()
              ? reference.readFile(
                  request.getFilePath(),
                  request.getRange().getOffset(),
                  request.getRange().getLength())
              : reference.readFile(request.getFilePath());
      return file(data, request.getFilePath());
    });
  }

  @Override
  public ReadDirResponse readDir(ReadDirRequest request) throws RpcException, InterruptedException {
    return handle(() ->
        directory(
            references.get(request.getRef()).readDir(request.getDirPath(), pattern(request))));
  }

  @Override
  public StatFileResponse statFile(StatFileRequest request)
      throws RpcException, InterruptedException {
    return handle(() ->
        StatFileResponse.newBuilder()
            .setStat(Wire.stat(references.get(request.getRef()).statFile(request.getPath())))
            .build());
  }

  @Override
  public EvaluateResponse evaluate(EvaluateRequest request)
      throws RpcException, InterruptedException {
    return handle(() -> {
      references.get(request.getRef()).evaluate();
      return EvaluateResponse.getDefaultInstance();
    });
  }

  @Override
  public InputsResponse inputs(InputsRequest request) throws RpcException, InterruptedException {
    return handle(() -> {
      InputsResponse.Builder b = InputsResponse.newBuilder();
      backend.inputs().forEach((name, d) -> b.putDefinitions(name, Wire.definition(d)));
      return b.build();
    });
  }

  @Override
  public WarnResponse warn(WarnRequest request) throws RpcException, InterruptedException {
    return handle(() -> {
      backend.warn(
          new Warning(
              request.getDigest(),
              Math.toIntExact(request.getLevel()),
              request.getShort().toString(StandardCharsets.UTF_8),
              request.getDetailList().stream()
                  .map(d -> d.toString(StandardCharsets.UTF_8))
                  .toList(),
              request.getUrl(),
              request.hasInfo() ? Wire.sourceMap(request.getInfo()) : null,
              request.getRangesList().stream().map(r -> Wire.range(r)).toList()));
      return WarnResponse.getDefaultInstance();
    });
  }

  @Override
  public NewContainerResponse newContainer(NewContainerRequest request)
      throws RpcException, InterruptedException {
    return handle(() -> {
      containers.create(request);
      return NewContainerResponse.getDefaultInstance();
    });
  }

  @Override
  public ReleaseContainerResponse releaseContainer(ReleaseContainerRequest request)
      throws RpcException, InterruptedException {
    return handle(() -> {
      containers.release(request.getContainerID());
      return ReleaseContainerResponse.getDefaultInstance();
    });
  }

  @Override
  public ReadFileResponse readFileContainer(ReadFileRequest request)
      throws RpcException, InterruptedException {
    return handle(() ->
        file(
            containers
                .get(request.getRef())
                .readFile(
                    request.getMountIndex(),
                    request.getFilePath(),
                    request.getRange().getOffset(),
                    request.getRange().getLength()),
            request.getFilePath()));
  }

  @Override
  public ReadDirResponse readDirContainer(ReadDirRequest request)
      throws RpcException, InterruptedException {
    return handle(() ->
        directory(
            containers
                .get(request.getRef())
                .readDir(request.getMountIndex(), request.getDirPath(), pattern(request))));
  }

  @Override
  public StatFileResponse statFileContainer(StatFileRequest request)
      throws RpcException, InterruptedException {
    return handle(() ->
        StatFileResponse.newBuilder()
            .setStat(
                Wire.stat(
                    containers
                        .get(request.getRef())
                        .statFile(request.getMountIndex(), request.getPath())))
            .build());
  }

  /** The stream of a client in this process: the session runs on a thread of its own. */
  @Override
  public ExecStream execProcess() {
    ExecPipe pipe = new ExecPipe();
    TaskThreads.executor()
        .execute(() -> {
          try {
            serve(pipe.server());
            pipe.end(null);
          } catch (RpcException e) {
            pipe.end(e);
          } catch (InterruptedException e) {
            pipe.end(new RpcException(StatusCode.CANCELLED, "cancelled"));
          }
        });
    return pipe.client();
  }

  Container container(String id) throws FrontendException {
    return containers.get(id);
  }

  /** Serves one stream of processes until its client ends it. */
  void serve(ExecSession.Peer peer) throws RpcException, InterruptedException {
    ExecSession session = new ExecSession(this, peer);
    sessions.add(session);
    try {
      session.run();
    } finally {
      sessions.remove(session);
    }
  }

  @Override
  public void close() {
    sessions.forEach(ExecSession::close);
    containers.close();
  }
}
