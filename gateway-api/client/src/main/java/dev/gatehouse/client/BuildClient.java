package dev.gatehouse.client;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import dev.gatehouse.client.session.ClientSession;
import dev.gatehouse.client.session.LocalCaches;
import dev.gatehouse.client.session.SessionServices;
import dev.gatehouse.frontend.Frontend;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.FrontendException.Category;
import dev.gatehouse.frontend.StatusCode;
import dev.gatehouse.frontend.WorkerInfo;
import dev.gatehouse.frontend.server.GatewayClients;
import dev.gatehouse.frontend.server.Ids;
import dev.gatehouse.frontend.server.Statuses;
import dev.gatehouse.frontend.transport.RpcChannel;
import dev.gatehouse.frontend.transport.RpcException;
import dev.gatehouse.frontend.transport.RpcStream;
import dev.gatehouse.frontend.transport.TaskThreads;
import dev.gatehouse.llb.oci.Digest;
import dev.gatehouse.protocol.content.ReadContentRequest;
import dev.gatehouse.protocol.content.ReadContentResponse;
import dev.gatehouse.protocol.control.BuildHistoryEvent;
import dev.gatehouse.protocol.control.BuildHistoryRequest;
import dev.gatehouse.protocol.control.CacheOptions;
import dev.gatehouse.protocol.control.CacheOptionsEntry;
import dev.gatehouse.protocol.control.DiskUsageRequest;
import dev.gatehouse.protocol.control.DiskUsageResponse;
import dev.gatehouse.protocol.control.Exporter;
import dev.gatehouse.protocol.control.InfoRequest;
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
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A connection to a BuildKit daemon: builds, and what the daemon knows of itself.
 *
 * <p>Safe for several threads; one client runs any number of builds at once. Failures are {@link
 * FrontendException}s with the daemon's typed details. An interrupted thread cancels what it asked
 * for.
 */
public final class BuildClient implements AutoCloseable {
  private static final String CONTROL = "/moby.buildkit.v1.Control/";
  private static final String BUILD_ID = "buildkit-controlapi-buildid";
  private static final long STATUS_PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final DaemonAddress address;
  private final RpcChannel channel;

  private BuildClient(DaemonAddress address, RpcChannel channel) {
    this.address = address;
    this.channel = channel;
  }

  /** A client for the daemon at this address; connects with the first call. */
  public static BuildClient connect(DaemonAddress address) {
    return new BuildClient(address, ClientConnections.open(address));
  }

  /** A client over a channel of any kind. */
  public static BuildClient over(RpcChannel channel) {
    return new BuildClient(new DaemonAddress(null, "localhost", 0, null), channel);
  }

  /** The channel to the daemon, for services that this class does not know. */
  public RpcChannel channel() {
    return channel;
  }

  private FrontendException failure(RpcException e) {
    if (e.status() == StatusCode.UNAVAILABLE) {
      Throwable cause = e;
      while (cause.getCause() != null) {
        cause = cause.getCause();
      }
      return FrontendException.builder(
              Category.ENVIRONMENT,
              "no build daemon answers at " + address + ": " + cause.getMessage())
          .status(StatusCode.UNAVAILABLE)
          .code("client.unavailable")
          .hint("start a daemon, or name another address")
          .cause(e)
          .build();
    }
    return Statuses.fromRpc(e);
  }

  private <A> A call(String method, MessageLite request, Parser<A> parser)
      throws FrontendException, InterruptedException {
    try {
      return parser.parseFrom(channel.call(CONTROL + method, request.toByteArray()));
    } catch (RpcException e) {
      throw failure(e);
    } catch (InvalidProtocolBufferException e) {
      throw unreadable(method, e);
    }
  }

  private <A> void stream(String method, MessageLite request, Parser<A> parser, Consumer<A> each)
      throws FrontendException, InterruptedException {
    try (RpcStream stream = channel.open(method, Map.of())) {
      stream.send(request.toByteArray());
      stream.closeSend();
      byte[] message;
      while ((message = stream.receive()) != null) {
        each.accept(parser.parseFrom(message));
      }
    } catch (RpcException e) {
      throw failure(e);
    } catch (InvalidProtocolBufferException e) {
      throw unreadable(method, e);
    }
  }

  private static FrontendException unreadable(String method, InvalidProtocolBufferException e) {
    return FrontendException.builder(
            Category.ENVIRONMENT, method + " gave an unreadable answer: " + e.getMessage())
        .cause(e)
        .build();
  }

  /**
   * Runs a build of a definition or of one of the daemon's frontends.
   *
   * @param listener hears what happens, until this method returns
   */
  public BuildResult solve(BuildRequest request, StatusListener listener)
      throws FrontendException, InterruptedException {
    if (request.frontend().isEmpty() == request.definition().isEmpty()) {
      throw FrontendException.user("a build needs either a definition or a frontend");
    }
    return run(null, request, listener);
  }

  /**
   * Runs a build that a frontend in this process drives; the daemon solves what it asks for.
   *
   * @param frontend gets the request's frontend options
   */
  public BuildResult build(Frontend frontend, BuildRequest request, StatusListener listener)
      throws FrontendException, InterruptedException {
    if (!request.frontend().isEmpty() || request.definition().isPresent()) {
      throw FrontendException.user(
          "a frontend of the client takes the place of a definition and a daemon's frontend");
    }
    return run(frontend, request, listener);
  }

  private BuildResult run(
      @Nullable Frontend frontend, BuildRequest request, StatusListener listener)
      throws FrontendException, InterruptedException {
    String reference = request.reference().isEmpty() ? Ids.random() : request.reference();
    LocalCaches caches;
    try {
      caches = LocalCaches.prepare(request);
    } catch (IOException e) {
      throw FrontendException.builder(Category.ENVIRONMENT, "local cache: " + e.getMessage())
          .cause(e)
          .build();
    }
    List<WorkerInfo> workers = new ArrayList<>();
    if (frontend != null) {
      for (WorkerRecord w : listWorkers(List.of())) {
        workers.add(new WorkerInfo(w.id(), w.labels(), w.platforms()));
      }
    }
    try (ClientSession session =
        ClientSession.open(channel, sharedKey(request), SessionServices.of(request, caches))) {
      Map<String, String> options = new LinkedHashMap<>(request.frontendOptions());
      options.putAll(caches.frontendOptions());
      SolveRequest message = message(request, reference, session.id(), options, caches);
      CompletableFuture<SolveResponse> solved = new CompletableFuture<>();
      AtomicReference<@Nullable Thread> solver = new AtomicReference<>();
      AtomicLong lastStatus = new AtomicLong(System.nanoTime());
      CompletableFuture<@Nullable Void> statusEnd = new CompletableFuture<>();
      AtomicReference<@Nullable RpcStream> statusStream = new AtomicReference<>();
      TaskThreads.executor()
          .execute(() -> {
            synchronized (solver) {
              solver.set(Thread.currentThread());
            }
            try {
              solved.complete(call("Solve", message, SolveResponse.parser()));
            } catch (FrontendException | InterruptedException | RuntimeException e) {
              solved.completeExceptionally(e);
            } finally {
              synchronized (solver) {
                solver.set(null);
                Thread.interrupted();
              }
            }
          });
      TaskThreads.executor()
          .execute(() -> follow(reference, listener, lastStatus, statusStream, statusEnd));
      try {
        if (frontend != null) {
          drive(frontend, reference, session.id(), options, workers, solved);
        }
        SolveResponse response = await(solved);
        awaitStatus(statusEnd, lastStatus);
        Map<String, String> answer = response.getExporterResponseMap();
        caches.finish(answer);
        return new BuildResult(reference, answer);
      } catch (FrontendException e) {
        awaitStatus(statusEnd, lastStatus);
        throw e;
      } catch (IOException e) {
        throw FrontendException.builder(Category.ENVIRONMENT, "after the build: " + e.getMessage())
            .cause(e)
            .build();
      } finally {
        synchronized (solver) {
          Thread thread = solver.get();
          if (thread != null) {
            thread.interrupt();
          }
        }
        RpcStream status = statusStream.get();
        if (status != null) {
          status.close();
        }
      }
    }
  }

  /**
   * The same for the same directories of the same person on the same machine, and tells nothing
   * about them.
   */
  private static String sharedKey(BuildRequest request) {
    if (!request.sharedKey().isEmpty() || request.localDirectories().isEmpty()) {
      return request.sharedKey();
    }
    StringBuilder facts = new StringBuilder();
    for (String name : List.of("user.name", "user.home")) {
      facts.append(System.getProperty(name, "")).append('\n');
    }
    facts.append(System.getenv().getOrDefault("HOSTNAME", "")).append('\n');
    new TreeMap<>(request.localDirectories())
        .forEach((name, path) ->
            facts.append(name).append('=').append(path.toAbsolutePath().normalize()).append('\n'));
    return Digest.sha256(facts.toString()).hex();
  }

  private void drive(
      Frontend frontend,
      String reference,
      String sessionId,
      Map<String, String> options,
      List<WorkerInfo> workers,
      CompletableFuture<SolveResponse> solved)
      throws FrontendException, InterruptedException {
    try {
      GatewayClients.run(
          frontend,
          channel,
          Map.of(BUILD_ID, List.of(reference)),
          new GatewayClients.Facts(options, sessionId, "", workers));
    } catch (FrontendException e) {
      // The daemon's Solve should fail with it, and knows more; it is given a while.
      try {
        solved.get(5, TimeUnit.SECONDS);
      } catch (ExecutionException | TimeoutException other) {
        if (other.getCause() instanceof FrontendException f) {
          throw f;
        }
      }
      throw e;
    }
  }

  private static SolveResponse await(CompletableFuture<SolveResponse> solved)
      throws FrontendException, InterruptedException {
    try {
      return solved.get();
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      if (cause instanceof FrontendException f) {
        throw f.toBuilder().build();
      } else if (cause instanceof InterruptedException) {
        throw new InterruptedException("the build was cancelled");
      }
      throw new IllegalStateException(cause);
    }
  }

  private void follow(
      String reference,
      StatusListener listener,
      AtomicLong last,
      AtomicReference<@Nullable RpcStream> open,
      CompletableFuture<@Nullable Void> end) {
    try (RpcStream stream = channel.open(CONTROL + "Status", Map.of())) {
      open.set(stream);
      stream.send(StatusRequest.newBuilder().setRef(reference).build().toByteArray());
      stream.closeSend();
      byte[] message;
      while ((message = stream.receive()) != null) {
        last.set(System.nanoTime());
        listener.status(ControlMessages.status(StatusResponse.parseFrom(message)));
      }
      end.complete(null);
    } catch (RpcException
        | InterruptedException
        | InvalidProtocolBufferException
        | RuntimeException e) {
      // What became of the build is Solve's to say; a display that lost its news is no failure of
      // it.
      end.completeExceptionally(e);
    }
  }

  /** Waits for the last news, but not longer than some seconds after the latest. */
  private static void awaitStatus(CompletableFuture<@Nullable Void> end, AtomicLong last)
      throws InterruptedException {
    last.set(System.nanoTime());
    while (true) {
      long left = STATUS_PATIENCE_NANOS - (System.nanoTime() - last.get());
      if (left <= 0) {
        return;
      }
      try {
        end.get(left, TimeUnit.NANOSECONDS);
        return;
      } catch (ExecutionException e) {
        return;
      } catch (TimeoutException e) {
        continue;
      }
    }
  }

  private static SolveRequest message(
      BuildRequest request,
      String reference,
      String session,
      Map<String, String> options,
      LocalCaches caches) {
    SolveRequest.Builder b =
        SolveRequest.newBuilder()
            .setRef(reference)
            .setSession(session)
            .setFrontend(request.frontend())
            .putAllFrontendAttrs(options)
            .addAllEntitlements(request.entitlements())
            .setInternal(request.internal());
    request.definition().ifPresent(d -> b.setDefinition(ControlMessages.definition(d)));
    request
        .frontendInputs()
        .forEach((name, d) -> b.putFrontendInputs(name, ControlMessages.definition(d)));
    request.sourcePolicy().ifPresent(p -> b.setSourcePolicy(ControlMessages.policy(p)));
    for (Export export : request.exports()) {
      b.addExporters(Exporter.newBuilder().setType(export.type()).putAllAttrs(export.attributes()));
    }
    if (!request.exports().isEmpty()) {
      // Daemons from before several exporters read the first from here.
      b.setExporterDeprecated(request.exports().get(0).type())
          .putAllExporterAttrsDeprecated(request.exports().get(0).attributes());
    }
    CacheOptions.Builder cache = CacheOptions.newBuilder();
    caches
        .exports()
        .forEach(c ->
            cache.addExports(
                CacheOptionsEntry.newBuilder().setType(c.type()).putAllAttrs(c.attributes())));
    caches
        .imports()
        .forEach(c ->
            cache.addImports(
                CacheOptionsEntry.newBuilder().setType(c.type()).putAllAttrs(c.attributes())));
    return b.setCache(cache).build();
  }

  /** What is on the daemon's disk. */
  public List<UsageRecord> diskUsage(List<String> filters)
      throws FrontendException, InterruptedException {
    return call(
            "DiskUsage",
            DiskUsageRequest.newBuilder().addAllFilter(filters).build(),
            DiskUsageResponse.parser())
        .getRecordList()
        .stream()
        .map(ControlMessages::usage)
        .toList();
  }

  /** Removes from the daemon's disk; tells each record as it goes. */
  public void prune(PruneOptions options, Consumer<UsageRecord> removed)
      throws FrontendException, InterruptedException {
    stream(
        CONTROL + "Prune",
        PruneRequest.newBuilder()
            .addAllFilter(options.filters())
            .setAll(options.all())
            .setKeepDuration(options.keepDuration().toNanos())
            .setReservedSpace(options.reservedSpace())
            .setMaxUsedSpace(options.maxUsedSpace())
            .setMinFreeSpace(options.minFreeSpace())
            .build(),
        dev.gatehouse.protocol.control.UsageRecord.parser(),
        record -> removed.accept(ControlMessages.usage(record)));
  }

  /** The daemon's workers, the default one first. */
  public List<WorkerRecord> listWorkers(List<String> filters)
      throws FrontendException, InterruptedException {
    return call(
            "ListWorkers",
            ListWorkersRequest.newBuilder().addAllFilter(filters).build(),
            ListWorkersResponse.parser())
        .getRecordList()
        .stream()
        .map(ControlMessages::worker)
        .toList();
  }

  /** What the daemon says it is. */
  public DaemonInfo info() throws FrontendException, InterruptedException {
    return ControlMessages.version(
        call("Info", InfoRequest.getDefaultInstance(), InfoResponse.parser()).getBuildkitVersion());
  }

  /** Follows a build by its id until it ends. */
  public void status(String reference, StatusListener listener)
      throws FrontendException, InterruptedException {
    stream(
        CONTROL + "Status",
        StatusRequest.newBuilder().setRef(reference).build(),
        StatusResponse.parser(),
        message -> listener.status(ControlMessages.status(message)));
  }

  /** Tells of builds in the history, and with {@link HistoryQuery#follow()} of those to come. */
  public void history(HistoryQuery query, Consumer<HistoryEvent> event)
      throws FrontendException, InterruptedException {
    stream(
        CONTROL + "ListenBuildHistory",
        BuildHistoryRequest.newBuilder()
            .setActiveOnly(query.activeOnly())
            .setRef(query.reference())
            .setEarlyExit(!query.follow())
            .addAllFilter(query.filters())
            .setLimit(query.limit())
            .build(),
        BuildHistoryEvent.parser(),
        message -> event.accept(ControlMessages.history(message)));
  }

  /** Keeps a build in the history for good, or no longer. */
  public void pinHistory(String reference, boolean pinned)
      throws FrontendException, InterruptedException {
    update(UpdateBuildHistoryRequest.newBuilder().setRef(reference).setPinned(pinned));
  }

  /** Removes a build from the history. */
  public void deleteHistory(String reference) throws FrontendException, InterruptedException {
    update(UpdateBuildHistoryRequest.newBuilder().setRef(reference).setDelete(true));
  }

  private void update(UpdateBuildHistoryRequest.Builder request)
      throws FrontendException, InterruptedException {
    call("UpdateBuildHistory", request.build(), UpdateBuildHistoryResponse.parser());
  }

  /** Writes a blob of the daemon's content store, such as the log of a build in the history. */
  public void readBlob(String digest, OutputStream out)
      throws FrontendException, InterruptedException, IOException {
    IOException[] failed = new IOException[1];
    stream(
        "/containerd.services.content.v1.Content/Read",
        ReadContentRequest.newBuilder().setDigest(digest).build(),
        ReadContentResponse.parser(),
        part -> {
          try {
            if (failed[0] == null) {
              part.getData().writeTo(out);
            }
          } catch (IOException e) {
            failed[0] = e;
          }
        });
    if (failed[0] != null) {
      throw failed[0];
    }
  }

  @Override
  public void close() {
    channel.close();
  }
}
