package dev.gatehouse.daemon.control;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import dev.gatehouse.daemon.build.ActiveBuild;
import dev.gatehouse.daemon.build.BuildTask;
import dev.gatehouse.daemon.build.Builds;
import dev.gatehouse.daemon.build.ProgressLog;
import dev.gatehouse.daemon.history.BuildHistory;
import dev.gatehouse.daemon.session.SessionRegistry;
import dev.gatehouse.daemon.session.SessionTunnel;
import dev.gatehouse.frontend.CacheImport;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.StatusCode;
import dev.gatehouse.frontend.server.Statuses;
import dev.gatehouse.frontend.transport.RpcException;
import dev.gatehouse.frontend.transport.RpcService;
import dev.gatehouse.frontend.transport.RpcStream;
import dev.gatehouse.llb.Definition;
import dev.gatehouse.llb.LlbException;
import dev.gatehouse.protocol.control.CacheOptionsEntry;
import dev.gatehouse.protocol.control.DiskUsageRequest;
import dev.gatehouse.protocol.control.DiskUsageResponse;
import dev.gatehouse.protocol.control.Exporter;
import dev.gatehouse.protocol.control.InfoResponse;
import dev.gatehouse.protocol.control.ListWorkersRequest;
import dev.gatehouse.protocol.control.ListWorkersResponse;
import dev.gatehouse.protocol.control.PruneRequest;
import dev.gatehouse.protocol.control.SolveRequest;
import dev.gatehouse.protocol.control.SolveResponse;
import dev.gatehouse.protocol.control.StatusRequest;
import dev.gatehouse.protocol.control.StatusResponse;
import dev.gatehouse.protocol.control.UpdateBuildHistoryRequest;
import dev.gatehouse.protocol.control.UpdateBuildHistoryResponse;
import dev.gatehouse.protocol.worker.BuildkitVersion;
import dev.gatehouse.solver.core.ProgressEvent;
import dev.gatehouse.solver.store.Filter;
import dev.gatehouse.solver.store.GcPolicy;
import dev.gatehouse.solver.worker.Worker;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code moby.buildkit.v1.Control}. */
final class ControlService implements RpcService {
  private static final Duration JOB_PATIENCE = Duration.ofSeconds(6);
  private static final Duration BATCH = Duration.ofMillis(50);
  private static final int MAX_STATUS = 16 << 20;

  private final Worker worker;
  private final Builds builds;
  private final SessionRegistry sessions;
  private final BuildHistory history;
  private final List<GcPolicy> policies;
  private final BuildkitVersion version;

  ControlService(
      Worker worker,
      Builds builds,
      SessionRegistry sessions,
      BuildHistory history,
      List<GcPolicy> policies,
      BuildkitVersion version) {
    this.worker = worker;
    this.builds = builds;
    this.sessions = sessions;
    this.history = history;
    this.policies = policies;
    this.version = version;
  }

  @Override
  public String name() {
    return "moby.buildkit.v1.Control";
  }

  @Override
  public Map<String, Kind> methods() {
    return Map.of(
        "DiskUsage", Kind.UNARY,
        "Prune", Kind.STREAM,
        "Solve", Kind.UNARY,
        "Status", Kind.STREAM,
        "Session", Kind.STREAM,
        "ListWorkers", Kind.UNARY,
        "Info", Kind.UNARY,
        "ListenBuildHistory", Kind.STREAM,
        "UpdateBuildHistory", Kind.UNARY);
  }

  @Override
  public byte[] call(String method, byte[] request, Map<String, List<String>> metadata)
      throws RpcException, InterruptedException {
    try {
      MessageLite response =
          switch (method) {
            case "DiskUsage" -> diskUsage(DiskUsageRequest.parseFrom(request));
            case "Solve" -> solve(SolveRequest.parseFrom(request));
            case "ListWorkers" -> workers(ListWorkersRequest.parseFrom(request));
            case "Info" -> InfoResponse.newBuilder().setBuildkitVersion(version).build();
            case "UpdateBuildHistory" -> update(UpdateBuildHistoryRequest.parseFrom(request));
            default -> throw new RpcException(StatusCode.UNIMPLEMENTED, "unknown method " + method);
          };
      return response.toByteArray();
    } catch (InvalidProtocolBufferException e) {
      throw new RpcException(StatusCode.INVALID_ARGUMENT, "unreadable request: " + e.getMessage());
    } catch (IllegalArgumentException e) {
      throw new RpcException(StatusCode.INVALID_ARGUMENT, String.valueOf(e.getMessage()));
    } catch (FrontendException e) {
      throw Statuses.toRpc(e);
    } catch (IOException e) {
      throw failure(e);
    }
  }

  @Override
  public void stream(String method, RpcStream stream, Map<String, List<String>> metadata)
      throws RpcException, InterruptedException {
    try {
      switch (method) {
        case "Session" -> SessionTunnel.serve(stream, metadata, sessions);
        case "Status" -> status(StatusRequest.parseFrom(request(stream)), stream);
        case "Prune" -> prune(PruneRequest.parseFrom(request(stream)), stream);
        case "ListenBuildHistory" -> new HistoryListener(history).serve(request(stream), stream);
        default -> throw new RpcException(StatusCode.UNIMPLEMENTED, "unknown method " + method);
      }
    } catch (InvalidProtocolBufferException e) {
      throw new RpcException(StatusCode.INVALID_ARGUMENT, "unreadable request: " + e.getMessage());
    } catch (IOException e) {
      throw failure(e);
    }
  }

  private static byte[] request(RpcStream stream) throws RpcException, InterruptedException {
    byte[] request = stream.receive();
    if (request == null) {
      throw new RpcException(StatusCode.INVALID_ARGUMENT, "the request is missing");
    }
    return request;
  }

  private static RpcException failure(IOException e) {
    StatusCode code = e instanceof NoSuchFileException ? StatusCode.NOT_FOUND : StatusCode.UNKNOWN;
    String message = e.getMessage();
    return new RpcException(code, message == null ? e.toString() : message, new byte[0], e);
  }

  // Builds

  private SolveResponse solve(SolveRequest request) throws FrontendException, InterruptedException {
    try {
      return SolveResponse.newBuilder().putAllExporterResponse(builds.run(task(request))).build();
    } catch (FrontendException e) {
      // BuildKit tells frontends, not clients, that something is missing: clients print the code.
      throw e.status() == StatusCode.NOT_FOUND
          ? e.toBuilder().status(StatusCode.UNKNOWN).build()
          : e;
    }
  }

  private static BuildTask task(SolveRequest request) throws FrontendException {
    if (request.getProxyNetwork()) {
      throw FrontendException.environment("the proxy network is not available in Gatehouse");
    }
    if (!request.getSourcePolicySession().isEmpty()) {
      throw FrontendException.environment(
          "source policies by session are not available in Gatehouse");
    }
    if (request.getEnableSessionExporter()) {
      throw FrontendException.environment(
          "exporters chosen by the session are not available in Gatehouse");
    }
    List<BuildTask.Export> exports = new ArrayList<>();
    for (Exporter exporter : request.getExportersList()) {
      exports.add(new BuildTask.Export(exporter.getType(), exporter.getAttrsMap()));
    }
    if (exports.isEmpty() && !request.getExporterDeprecated().isEmpty()) {
      exports.add(
          new BuildTask.Export(
              request.getExporterDeprecated(), request.getExporterAttrsDeprecatedMap()));
    }
    List<CacheImport> imports = new ArrayList<>();
    for (CacheOptionsEntry entry : request.getCache().getImportsList()) {
      imports.add(new CacheImport(entry.getType(), entry.getAttrsMap()));
    }
    for (String ref : request.getCache().getImportRefsDeprecatedList()) {
      imports.add(new CacheImport("registry", Map.of("ref", ref)));
    }
    List<BuildTask.Export> cacheExports = new ArrayList<>();
    for (CacheOptionsEntry entry : request.getCache().getExportsList()) {
      cacheExports.add(new BuildTask.Export(entry.getType(), entry.getAttrsMap()));
    }
    if (!request.getCache().getExportRefDeprecated().isEmpty()) {
      Map<String, String> attributes =
          new HashMap<>(request.getCache().getExportAttrsDeprecatedMap());
      attributes.put("ref", request.getCache().getExportRefDeprecated());
      cacheExports.add(new BuildTask.Export("registry", attributes));
    }
    Map<String, Definition> inputs = new HashMap<>();
    for (Map.Entry<String, dev.gatehouse.protocol.pb.Definition> entry :
        request.getFrontendInputsMap().entrySet()) {
      inputs.put(entry.getKey(), definition(entry.getValue()));
    }
    return new BuildTask(
        request.getRef(),
        request.getSession(),
        request.hasDefinition() ? definition(request.getDefinition()) : null,
        request.getFrontend(),
        request.getFrontendAttrsMap(),
        inputs,
        exports,
        imports,
        cacheExports,
        request.getEntitlementsList(),
        request.hasSourcePolicy() ? request.getSourcePolicy().toByteArray() : new byte[0],
        request.getInternal());
  }

  private static Definition definition(dev.gatehouse.protocol.pb.Definition definition)
      throws FrontendException {
    try {
      return Definition.parse(definition.toByteArray());
    } catch (LlbException e) {
      throw FrontendException.builder(
              FrontendException.Category.USER, String.valueOf(e.getMessage()))
          .status(StatusCode.INVALID_ARGUMENT)
          .cause(e)
          .build();
    }
  }

  private void status(StatusRequest request, RpcStream stream)
      throws RpcException, IOException, InterruptedException {
    String ref = request.getRef();
    Optional<BuildHistory.Entry> ended =
        history.find(ref).filter(e -> !e.completed().equals(Instant.MAX));
    Optional<ActiveBuild> build =
        builds.await(ref, ended.isPresent() ? Duration.ZERO : JOB_PATIENCE);
    if (build.isPresent()) {
      follow(build.get().progress(), stream);
    } else if (ended.isPresent()) {
      replay(ended.get(), stream);
    } else {
      throw new RpcException(StatusCode.NOT_FOUND, "no such job " + ref);
    }
  }

  private static void follow(ProgressLog progress, RpcStream stream)
      throws RpcException, InterruptedException {
    StatusEncoder encoder = new StatusEncoder();
    int position = 0;
    for (List<ProgressEvent> events = progress.from(0);
        !events.isEmpty();
        events = progress.from(position)) {
      position += events.size();
      for (StatusResponse message : encoder.encode(events)) {
        stream.send(message.toByteArray());
      }
      Thread.sleep(BATCH);
    }
  }

  private void replay(BuildHistory.Entry entry, RpcStream stream)
      throws RpcException, IOException, InterruptedException {
    String digest = HistoryRecords.record(entry).getLogs().getDigest();
    if (digest.isEmpty()) {
      return;
    }
    try (DataInputStream in = new DataInputStream(history.read(digest))) {
      while (true) {
        int length;
        try {
          length = Integer.reverseBytes(in.readInt());
        } catch (EOFException e) {
          return;
        }
        if (length < 0 || length > MAX_STATUS) {
          throw new IOException("the record of build " + entry.ref() + " is damaged");
        }
        byte[] message = new byte[length];
        in.readFully(message);
        stream.send(message);
      }
    }
  }

  private UpdateBuildHistoryResponse update(UpdateBuildHistoryRequest request) throws IOException {
    if (request.getDelete()) {
      history.delete(request.getRef());
    } else if (!request.getFinalize()) {
      history.update(
          request.getRef(),
          entry -> {
            var record = HistoryRecords.record(entry);
            return HistoryRecords.entry(
                record.toBuilder()
                    .setPinned(request.getPinned())
                    .setGeneration(record.getGeneration() + 1)
                    .build());
          });
    }
    return UpdateBuildHistoryResponse.getDefaultInstance();
  }

  // Storage

  private ListWorkersResponse workers(ListWorkersRequest request) {
    ListWorkersResponse.Builder response = ListWorkersResponse.newBuilder();
    if (Filter.any(request.getFilterList(), ControlService::field).test(worker)) {
      response.addRecord(Encoding.worker(worker, policies, version));
    }
    return response.build();
  }

  private static Optional<String> field(Worker worker, List<String> path) {
    return switch (path.get(0)) {
      case "id" -> Optional.of(worker.id());
      case "labels" ->
          Optional.ofNullable(worker.labels().get(String.join(".", path.subList(1, path.size()))));
      default -> Optional.empty();
    };
  }

  private DiskUsageResponse diskUsage(DiskUsageRequest request)
      throws IOException, InterruptedException {
    DiskUsageResponse.Builder response = DiskUsageResponse.newBuilder();
    Instant since = Instant.now().minusNanos(request.getAgeLimit());
    for (dev.gatehouse.solver.store.UsageRecord usage : worker.diskUsage(request.getFilterList())) {
      boolean recent = usage.lastUsedAt().orElse(usage.createdAt()).isAfter(since);
      if (request.getAgeLimit() == 0 || !recent) {
        response.addRecord(Encoding.usage(usage));
      }
    }
    return response.build();
  }

  private void prune(PruneRequest request, RpcStream stream)
      throws RpcException, IOException, InterruptedException {
    GcPolicy policy;
    try {
      policy =
          new GcPolicy(
              request.getAll(),
              request.getFilterList(),
              Duration.ofNanos(request.getKeepDuration()),
              request.getReservedSpace(),
              request.getMaxUsedSpace(),
              request.getMinFreeSpace());
    } catch (IllegalArgumentException e) {
      throw new RpcException(StatusCode.INVALID_ARGUMENT, String.valueOf(e.getMessage()));
    }
    List<byte[]> removed = new ArrayList<>();
    worker.prune(List.of(policy), usage -> removed.add(Encoding.usage(usage).toByteArray()));
    for (byte[] record : removed) {
      stream.send(record);
    }
  }
}
