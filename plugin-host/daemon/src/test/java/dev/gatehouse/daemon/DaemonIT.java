package dev.gatehouse.daemon;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.gatehouse.daemon.config.ConfigReader;
import dev.gatehouse.daemon.transport.ListenAddress;
import dev.gatehouse.frontend.StatusCode;
import dev.gatehouse.frontend.transport.RpcChannel;
import dev.gatehouse.frontend.transport.RpcChannels;
import dev.gatehouse.frontend.transport.RpcException;
import dev.gatehouse.frontend.transport.RpcStream;
import dev.gatehouse.frontend.transport.StreamSocket;
import dev.gatehouse.llb.Constraints;
import dev.gatehouse.llb.FileAction;
import dev.gatehouse.llb.FileOptions;
import dev.gatehouse.llb.MarshalOptions;
import dev.gatehouse.llb.State;
import dev.gatehouse.protocol.content.ListContentRequest;
import dev.gatehouse.protocol.content.ListContentResponse;
import dev.gatehouse.protocol.content.ReadContentRequest;
import dev.gatehouse.protocol.content.ReadContentResponse;
import dev.gatehouse.protocol.control.BuildHistoryEvent;
import dev.gatehouse.protocol.control.BuildHistoryEventType;
import dev.gatehouse.protocol.control.BuildHistoryRequest;
import dev.gatehouse.protocol.control.CacheOptions;
import dev.gatehouse.protocol.control.CacheOptionsEntry;
import dev.gatehouse.protocol.control.Descriptor;
import dev.gatehouse.protocol.control.DiskUsageResponse;
import dev.gatehouse.protocol.control.InfoResponse;
import dev.gatehouse.protocol.control.ListWorkersRequest;
import dev.gatehouse.protocol.control.ListWorkersResponse;
import dev.gatehouse.protocol.control.SolveRequest;
import dev.gatehouse.protocol.control.SolveResponse;
import dev.gatehouse.protocol.control.StatusRequest;
import dev.gatehouse.protocol.control.UpdateBuildHistoryRequest;
import dev.gatehouse.protocol.gateway.Result;
import dev.gatehouse.protocol.gateway.ReturnRequest;
import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.store.Store;
import dev.gatehouse.solver.store.StoreOptions;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A whole daemon in this process, called over its unix socket. */
@Timeout(120)
class DaemonIT {
  private static final String CONTROL = "/moby.buildkit.v1.Control/";

  private static final String CONTENT = "/containerd.services.content.v1.Content/";

  @TempDir Path dir;
  private Daemon daemon;
  private RpcChannel channel;

  @BeforeEach
  void start() throws Exception {
    Assumptions.assumeTrue("root".equals(System.getProperty("user.name")), "the worker needs root");
    daemon = start(dir.resolve("root"), dir.resolve("d.sock"));
    channel = connect(dir.resolve("d.sock"));
  }

  private static Daemon start(Path root, Path socket) throws IOException {
    return Daemon.start(
        ConfigReader.defaults(), root, List.of(new ListenAddress.Unix(socket)), List.of());
  }

  private static RpcChannel connect(Path socket) {
    return RpcChannels.connecting(
        () -> {
          SocketChannel c = SocketChannel.open(UnixDomainSocketAddress.of(socket));
          return new StreamSocket(Channels.newInputStream(c), Channels.newOutputStream(c), c);
        },
        "localhost");
  }

  @AfterEach
  void stop() throws Exception {
    if (channel != null) {
      channel.close();
      daemon.close();
    }
  }

  @Test
  void tellsAboutItself() throws Exception {
    InfoResponse info = InfoResponse.parseFrom(channel.call(CONTROL + "Info", new byte[0]));
    ListWorkersResponse workers =
        ListWorkersResponse.parseFrom(channel.call(CONTROL + "ListWorkers", new byte[0]));
    DiskUsageResponse usage =
        DiskUsageResponse.parseFrom(channel.call(CONTROL + "DiskUsage", new byte[0]));

    assertThat(info.getBuildkitVersion().getVersion()).isEqualTo(Daemon.VERSION);
    assertThat(workers.getRecordCount()).isEqualTo(1);
    assertThat(workers.getRecord(0).getPlatformsList()).isNotEmpty();
    assertThat(workers.getRecord(0).getGCPolicyCount()).isEqualTo(4);
    assertThat(usage.getRecordCount()).isZero();
    assertThat(channel.call("/grpc.health.v1.Health/Check", new byte[0]))
        .isEqualTo(new byte[] {8, 1});
    assertThat(
            channel.call(
                "/opentelemetry.proto.collector.trace.v1.TraceService/Export", new byte[] {}))
        .isEmpty();
  }

  private int workers(String filter) throws Exception {
    return ListWorkersResponse.parseFrom(
            channel.call(
                CONTROL + "ListWorkers",
                ListWorkersRequest.newBuilder().addFilter(filter).build().toByteArray()))
        .getRecordCount();
  }

  @Test
  void workersAreFoundByTheirFields() throws Exception {
    assertThat(workers("labels.\"org.mobyproject.buildkit.worker.executor\"==oci,id~=[0-9a-f]"))
        .isOne();
    assertThat(workers("id==x")).isZero();
    assertThatThrownBy(() -> workers("id=x"))
        .isInstanceOfSatisfying(
            RpcException.class, e -> assertThat(e.status()).isEqualTo(StatusCode.INVALID_ARGUMENT))
        .hasMessageContaining("unsupported operator");
  }

  @Test
  void theHistoryIsFiltered() throws Exception {
    for (String ref : List.of("a", "b", "c")) {
      SolveRequest request =
          SolveRequest.newBuilder().setRef(ref).setFrontend("nonesuch.v0").build();
      assertThatThrownBy(() -> channel.call(CONTROL + "Solve", request.toByteArray()))
          .isInstanceOf(RpcException.class);
    }

    assertThat(refs(BuildHistoryRequest.newBuilder().addFilter("ref~=[ab]")))
        .containsExactly("a", "b");
    assertThat(refs(BuildHistoryRequest.newBuilder().addFilter("status==error").setLimit(2)))
        .containsExactly("c", "b");
    assertThat(refs(BuildHistoryRequest.newBuilder().addFilter("status==completed"))).isEmpty();
    assertThatThrownBy(() -> refs(BuildHistoryRequest.newBuilder().addFilter("ref=a")))
        .isInstanceOf(RpcException.class)
        .hasMessageContaining("unsupported operator");
  }

  private List<String> refs(BuildHistoryRequest.Builder request) throws Exception {
    List<String> refs = new ArrayList<>();
    try (RpcStream stream = channel.open(CONTROL + "ListenBuildHistory", Map.of())) {
      stream.send(request.setEarlyExit(true).build().toByteArray());
      stream.closeSend();
      byte[] event;
      while ((event = stream.receive()) != null) {
        refs.add(BuildHistoryEvent.parseFrom(event).getRecord().getRef());
      }
    }
    return refs;
  }

  @Test
  void aFailedBuildIsInTheHistoryUntilItIsDeleted() throws Exception {
    SolveRequest request =
        SolveRequest.newBuilder().setRef("r1").setFrontend("nonesuch.v0").build();
    assertThatThrownBy(() -> channel.call(CONTROL + "Solve", request.toByteArray()))
        .isInstanceOfSatisfying(
            RpcException.class, e -> assertThat(e.status()).isEqualTo(StatusCode.UNKNOWN))
        .hasMessageContaining("frontend nonesuch.v0 not found");

    assertThat(history("r1").getRecord().getError().getMessage()).contains("nonesuch.v0 not found");
    assertThat(history("r1").getRecord().getExternalError().getDigest()).startsWith("sha256:");

    String error = history("r1").getRecord().getExternalError().getDigest();
    assertThat(content()).contains(error);

    UpdateBuildHistoryRequest pin =
        UpdateBuildHistoryRequest.newBuilder().setRef("r1").setPinned(true).build();
    channel.call(CONTROL + "UpdateBuildHistory", pin.toByteArray());
    channel.close();
    daemon.close();
    daemon = start(dir.resolve("root"), dir.resolve("d.sock"));
    channel = connect(dir.resolve("d.sock"));
    assertThat(history("r1").getRecord().getPinned()).isTrue();
    try (RpcStream status = channel.open(CONTROL + "Status", Map.of())) {
      status.send(StatusRequest.newBuilder().setRef("r1").build().toByteArray());
      assertThat(status.receive()).isEmpty();
      assertThat(status.receive()).isNull();
    }

    UpdateBuildHistoryRequest delete =
        UpdateBuildHistoryRequest.newBuilder().setRef("r1").setDelete(true).build();
    channel.call(CONTROL + "UpdateBuildHistory", delete.toByteArray());
    assertThat(history("r1")).isNull();
    try (var blobs = Files.list(dir.resolve("root/history/blobs/sha256"))) {
      assertThat(blobs).isEmpty();
    }
    assertThat(content()).isEmpty();
  }

  @Test
  void whatAFrontendTellsItsClientIsInTheResponse() throws Exception {
    FutureTask<byte[]> solve =
        new FutureTask<>(() ->
            channel.call(
                CONTROL + "Solve", SolveRequest.newBuilder().setRef("r2").build().toByteArray()));
    Thread.startVirtualThread(solve);
    ReturnRequest result =
        ReturnRequest.newBuilder()
            .setResult(
                Result.newBuilder()
                    .putMetadata("frontend.told", ByteString.copyFromUtf8("yes"))
                    .putMetadata("other", ByteString.copyFromUtf8("no")))
            .build();
    channel.call(
        "/moby.buildkit.v1.frontend.LLBBridge/Return",
        result.toByteArray(),
        Map.of("buildkit-controlapi-buildid", List.of("r2")));
    assertThat(SolveResponse.parseFrom(solve.get()).getExporterResponseMap())
        .containsEntry("frontend.told", "yes")
        .doesNotContainKey("other");
  }

  @Test
  void blobsOfTheWorkerAreListedAndRead() throws Exception {
    byte[] bytes = "a blob".getBytes(StandardCharsets.UTF_8);
    Digest digest = Digest.sha256(bytes);
    Path root = dir.resolve("root");
    channel.close();
    daemon.close();
    try (Store store = Store.open(root, StoreOptions.defaults())) {
      store.content().put(bytes);
    }
    daemon = start(root, dir.resolve("d.sock"));
    channel = connect(dir.resolve("d.sock"));
    assertThat(content()).containsExactly(digest.toString());
    try (RpcStream read = channel.open(CONTENT + "Read", Map.of())) {
      read.send(
          ReadContentRequest.newBuilder()
              .setDigest(digest.toString())
              .setOffset(2)
              .build()
              .toByteArray());
      assertThat(ReadContentResponse.parseFrom(read.receive()).getData().toStringUtf8())
          .isEqualTo("blob");
    }
  }

  @Test
  void howAResultCameToBeIsKeptWithTheBuildsRecord() throws Exception {
    byte[] file =
        State.scratch()
            .file(
                FileAction.mkfile("/f", 0644, "x".getBytes(UTF_8), FileOptions.NONE),
                Constraints.builder().build())
            .marshal(MarshalOptions.defaults())
            .toBytes();
    SolveRequest request =
        SolveRequest.newBuilder()
            .setRef("r3")
            .setDefinition(dev.gatehouse.protocol.pb.Definition.parseFrom(file))
            .putFrontendAttrs("build-arg:X", "1")
            .putFrontendAttrs("attest:provenance", "mode=min,builder-id=https://me")
            .build();
    channel.call(CONTROL + "Solve", request.toByteArray());

    Descriptor kept = history("r3").getRecord().getResult().getAttestations(0);
    assertThat(kept.getMediaType()).isEqualTo("application/vnd.in-toto+json");
    assertThat(kept.getAnnotationsMap())
        .containsEntry("in-toto.io/predicate-type", "https://slsa.dev/provenance/v1");
    try (RpcStream read = channel.open(CONTENT + "Read", Map.of())) {
      read.send(ReadContentRequest.newBuilder().setDigest(kept.getDigest()).build().toByteArray());
      assertThat(ReadContentResponse.parseFrom(read.receive()).getData().toStringUtf8())
          .contains("{\"id\":\"step0\",\"op\":{\"Op\":{\"file\":{")
          .contains("\"mkfile\":{\"path\":\"/f\"")
          .contains("\"build-arg:X\":\"1\"")
          .contains("\"id\":\"https://me\"");
    }
  }

  /** Digests of what the content service lists. */
  private List<String> content() throws Exception {
    List<String> digests = new ArrayList<>();
    try (RpcStream stream = channel.open(CONTENT + "List", Map.of())) {
      stream.send(ListContentRequest.getDefaultInstance().toByteArray());
      for (byte[] page = stream.receive(); page != null; page = stream.receive()) {
        ListContentResponse.parseFrom(page).getInfoList().forEach(i -> digests.add(i.getDigest()));
      }
    }
    return digests;
  }

  private BuildHistoryEvent history(String ref) throws Exception {
    try (RpcStream stream = channel.open(CONTROL + "ListenBuildHistory", Map.of())) {
      stream.send(
          BuildHistoryRequest.newBuilder().setRef(ref).setEarlyExit(true).build().toByteArray());
      byte[] event = stream.receive();
      if (event == null) {
        return null;
      }
      assertThat(BuildHistoryEvent.parseFrom(event).getType())
          .isEqualTo(BuildHistoryEventType.COMPLETE);
      return BuildHistoryEvent.parseFrom(event);
    }
  }

  @Test
  void scratchBuildsToNothing() throws Exception {
    SolveRequest request =
        SolveRequest.newBuilder()
            .setRef("r2")
            .setDefinition(dev.gatehouse.protocol.pb.Definition.getDefaultInstance())
            .build();

    assertThat(channel.call(CONTROL + "Solve", request.toByteArray())).isEmpty();
  }

  @Test
  void aCacheThatCannotBeWrittenIsRefusedBeforeAnythingIsBuilt() throws Exception {
    SolveRequest request =
        SolveRequest.newBuilder()
            .setRef("r4")
            .setFrontend("nonesuch.v0")
            .setCache(
                CacheOptions.newBuilder()
                    .addExports(
                        CacheOptionsEntry.newBuilder()
                            .setType("azblob")
                            .putAttrs("ignore-error", "true")))
            .build();

    assertThatThrownBy(() -> channel.call(CONTROL + "Solve", request.toByteArray()))
        .hasMessage("unknown cache exporter: azblob; known are registry, local and inline");
    assertThat(history("r4").getRecord().getNumTotalSteps()).isZero();
  }

  @Test
  void aMissingSessionEndsTheBuildClearly() {
    SolveRequest request =
        SolveRequest.newBuilder().setRef("r3").setSession("gone").setFrontend("x").build();
    long start = System.nanoTime();

    assertThatThrownBy(() -> channel.call(CONTROL + "Solve", request.toByteArray()))
        .hasMessage("no active session for gone: context deadline exceeded");
    assertThat(TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start)).isGreaterThanOrEqualTo(4);
  }

  @Test
  void othersReadNoHistoryAndDoNotConnect() throws Exception {
    assertThat(permissions("root/history")).isEqualTo("rwx------");
    assertThat(permissions("root")).isEqualTo("rwx--x--x");
    assertThat(permissions("d.sock")).isEqualTo("rw-rw----");
  }

  private String permissions(String file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(dir.resolve(file)));
  }

  @Test
  void aSecondDaemonIsKeptOut() {
    assertThatThrownBy(() -> start(dir.resolve("root"), dir.resolve("e.sock")))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> start(dir.resolve("other"), dir.resolve("d.sock")))
        .isInstanceOf(IOException.class)
        .hasMessage("another daemon listens on " + dir.resolve("d.sock"));
    assertThat(Files.exists(dir.resolve("d.sock"))).isTrue();
  }
}
