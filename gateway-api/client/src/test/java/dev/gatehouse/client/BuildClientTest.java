package dev.gatehouse.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import com.google.protobuf.Timestamp;
import dev.gatehouse.frontend.ErrorDetail;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.FrontendException.Category;
import dev.gatehouse.frontend.server.Statuses;
import dev.gatehouse.protocol.control.DiskUsageResponse;
import dev.gatehouse.protocol.control.InfoResponse;
import dev.gatehouse.protocol.control.ListWorkersResponse;
import dev.gatehouse.protocol.control.SolveRequest;
import dev.gatehouse.protocol.control.SolveResponse;
import dev.gatehouse.protocol.control.StatusResponse;
import dev.gatehouse.protocol.control.Vertex;
import dev.gatehouse.protocol.control.VertexLog;
import dev.gatehouse.protocol.worker.BuildkitVersion;
import dev.gatehouse.protocol.worker.WorkerRecord;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class BuildClientTest {
  @TempDir Path temp;

  @Test
  void aBuildIsSentAndItsNewsComeBack() throws Exception {
    try (FakeDaemon daemon =
            new FakeDaemon((solve, session) ->
                SolveResponse.newBuilder().putExporterResponse("k", "v").build());
        BuildClient client = daemon.connect()) {
      daemon.status(
          StatusResponse.newBuilder()
              .addVertexes(
                  Vertex.newBuilder()
                      .setDigest("sha256:1")
                      .setName("step")
                      .setStarted(Timestamp.newBuilder().setSeconds(5)))
              .addLogs(
                  VertexLog.newBuilder()
                      .setVertex("sha256:1")
                      .setStream(2)
                      .setMsg(ByteString.copyFromUtf8("out")))
              .build());
      List<SolveStatus> news = new ArrayList<>();
      BuildResult result =
          client.solve(
              BuildRequest.builder()
                  .frontend("dockerfile.v0")
                  .frontendOption("target", "t")
                  .localDirectory("context", temp)
                  .export(Export.of("image", Map.of("name", "n")))
                  .cacheImport(new CacheOption("registry", Map.of("ref", "r")))
                  .entitlement("network.host")
                  .reference("ref1")
                  .build(),
              news::add);
      assertThat(result).isEqualTo(new BuildResult("ref1", Map.of("k", "v")));
      SolveRequest seen = daemon.requests.get(0);
      assertThat(seen.getFrontend()).isEqualTo("dockerfile.v0");
      assertThat(seen.getFrontendAttrsMap())
          .containsEntry("target", "t")
          .containsEntry("cache-imports", "[{\"Type\":\"registry\",\"Attrs\":{\"ref\":\"r\"}}]");
      assertThat(seen.getExporters(0).getType()).isEqualTo("image");
      assertThat(seen.getExporterDeprecated()).isEqualTo("image");
      assertThat(seen.getEntitlementsList()).containsExactly("network.host");
      assertThat(seen.getCache().getImports(0).getAttrsMap()).containsEntry("ref", "r");
      assertThat(daemon.sharedKey).hasSize(64);
      SolveStatus.Vertex vertex = news.get(0).vertices().get(0);
      assertThat(vertex.name()).isEqualTo("step");
      assertThat(vertex.started().getEpochSecond()).isEqualTo(5);
      assertThat(vertex.completed()).isNull();
      assertThat(new String(news.get(0).logs().get(0).data())).isEqualTo("out");
    }
  }

  @Test
  void aFailureKeepsItsDetails() throws Exception {
    try (FakeDaemon daemon =
            new FakeDaemon((solve, session) -> {
              throw Statuses.toRpc(
                  FrontendException.builder(Category.USER, "failed to solve: nope")
                      .vertex("sha256:9")
                      .detail(new ErrorDetail.Exit(3))
                      .build());
            });
        BuildClient client = daemon.connect()) {
      FrontendException e =
          catchThrowableOfType(
              FrontendException.class,
              () ->
                  client.solve(
                      BuildRequest.builder().frontend("f").build(), StatusListener.none()));
      assertThat(e).hasMessage("failed to solve: nope");
      assertThat(e.vertexDigest()).hasValue("sha256:9");
      assertThat(e.detail(ErrorDetail.Exit.class)).hasValue(new ErrorDetail.Exit(3));
    }
  }

  @Test
  void anInterruptCancelsTheBuild() throws Exception {
    CountDownLatch running = new CountDownLatch(1);
    CountDownLatch cancelled = new CountDownLatch(1);
    try (FakeDaemon daemon =
            new FakeDaemon((solve, session) -> {
              running.countDown();
              try {
                Thread.sleep(60_000);
              } catch (InterruptedException e) {
                cancelled.countDown();
                throw e;
              }
              return SolveResponse.getDefaultInstance();
            });
        BuildClient client = daemon.connect()) {
      AtomicReference<Throwable> thrown = new AtomicReference<>();
      Thread build =
          new Thread(() -> {
            try {
              client.solve(BuildRequest.builder().frontend("f").build(), StatusListener.none());
            } catch (Throwable e) {
              thrown.set(e);
            }
          });
      build.start();
      running.await();
      build.interrupt();
      build.join();
      assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
      assertThat(cancelled.await(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void whatTheDaemonKnowsOfItself() throws Exception {
    try (FakeDaemon daemon =
            new FakeDaemon((solve, session) -> SolveResponse.getDefaultInstance());
        BuildClient client = daemon.connect()) {
      daemon.answers.put(
          "Info",
          InfoResponse.newBuilder()
              .setBuildkitVersion(BuildkitVersion.newBuilder().setVersion("v1"))
              .build()
              .toByteArray());
      daemon.answers.put(
          "ListWorkers",
          ListWorkersResponse.newBuilder()
              .addRecord(WorkerRecord.newBuilder().setID("w").putLabels("a", "b"))
              .build()
              .toByteArray());
      dev.gatehouse.protocol.control.UsageRecord record =
          dev.gatehouse.protocol.control.UsageRecord.newBuilder()
              .setID("u")
              .setSize(7)
              .addParents("p")
              .build();
      daemon.answers.put(
          "DiskUsage", DiskUsageResponse.newBuilder().addRecord(record).build().toByteArray());
      daemon.answers.put("Prune", record.toByteArray());
      assertThat(client.info().version()).isEqualTo("v1");
      assertThat(client.listWorkers(List.of()).get(0).labels()).containsEntry("a", "b");
      assertThat(client.diskUsage(List.of()).get(0).size()).isEqualTo(7);
      List<UsageRecord> pruned = new ArrayList<>();
      client.prune(PruneOptions.everything(), pruned::add);
      assertThat(pruned).extracting(UsageRecord::id).containsExactly("u");
    }
  }

  @Test
  void aDaemonThatIsNotThereIsNamed() {
    Path socket = temp.resolve("none.sock");
    try (BuildClient client = BuildClient.connect(DaemonAddress.unix(socket))) {
      assertThatThrownBy(client::info)
          .isInstanceOf(FrontendException.class)
          .hasMessageStartingWith("no build daemon answers at unix://" + socket)
          .extracting(e -> ((FrontendException) e).category())
          .isEqualTo(Category.ENVIRONMENT);
    }
  }

  @Test
  void addresses() {
    assertThat(DaemonAddress.parse("unix:///run/x.sock").socket()).hasValue(Path.of("/run/x.sock"));
    assertThat(DaemonAddress.parse("tcp://127.0.0.1:1234").port()).isEqualTo(1234);
    assertThatThrownBy(() -> DaemonAddress.parse("ftp://x"))
        .hasMessageContaining("unsupported address ftp://x");
    assertThatThrownBy(() -> DaemonAddress.parse("tcp://x"))
        .hasMessageContaining("expected tcp://host:port");
    assertThatThrownBy(() -> Export.of("local", Map.of()))
        .hasMessage("output directory is required for local exporter");
  }
}
