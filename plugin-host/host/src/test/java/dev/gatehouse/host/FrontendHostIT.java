package dev.gatehouse.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.Result;
import dev.gatehouse.frontend.SolveRequest;
import dev.gatehouse.host.plugin.PluginZip;
import dev.gatehouse.solver.core.ProgressEvent;
import dev.gatehouse.solver.worker.WorkerConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Plugins that behave, and those that do not, over a real worker. */
@Timeout(180)
class FrontendHostIT {
  @TempDir Path dir;
  private TestHost host;
  private final List<ProgressEvent> progress = new CopyOnWriteArrayList<>();

  @BeforeEach
  void open() throws Exception {
    host = TestHost.open(dir, WorkerConfig.of(dir.resolve("root")), options(Duration.ofMinutes(2)));
  }

  /**
   * @param patience with silent plugins
   */
  private static HostOptions options(Duration patience) {
    return new HostOptions(
        "test",
        true,
        true,
        List.of("docker.io/docker/dockerfile"),
        patience,
        Duration.ofMinutes(2),
        5,
        3);
  }

  private void becomeImpatient(int seconds) throws Exception {
    host.reopen(options(Duration.ofSeconds(seconds)));
  }

  @AfterEach
  void close() {
    if (host != null) {
      host.close();
    }
  }

  private void plugin(String name, String body) throws Exception {
    PluginZip.frontend(name, "1.0.0", name, body).write(host.plugins.resolve(name + ".zip"));
  }

  private Result run(SolveRequest.Builder request) throws Exception {
    return host.solve(request.build(), progress::add);
  }

  private Result run(String frontend) throws Exception {
    return run(SolveRequest.builder().frontend(frontend));
  }

  @Test
  void aPluginGetsItsFactsAndReturnsItsResult() throws Exception {
    plugin(
        "good",
        """
        BuildOptions o = gateway.options();
        gateway.warn(Warning.of("mind the gap"));
        return Result.builder()
            .metadata("seen", o.options().get("a") + " " + o.sessionId() + " " + o.product() + " " + o.workers().size())
            .build();
        """);

    Result result = run(SolveRequest.builder().frontend("good").frontendOption("a", "b"));

    assertThat(result.metadataText("seen")).contains("b session test 1");
    assertThat(progress)
        .filteredOn(
            e -> e instanceof ProgressEvent.VertexWarning w && w.message().equals("mind the gap"))
        .hasSize(1);
  }

  @Test
  void gatewayRunsPluginsByTheirSource() throws Exception {
    plugin(
        "inner",
        "return Result.builder().metadata(\"got\","
            + " gateway.options().options().toString()).build();");

    Result result =
        run(
            SolveRequest.builder()
                .frontend("gateway.v0")
                .frontendOption("source", "plugin:inner")
                .frontendOption("x", "y"));

    assertThat(result.metadataText("got")).contains("{x=y}");
  }

  @Test
  void misbehaviourEndsTheBuildAndNothingElse() throws Exception {
    plugin("thrower", "throw new IllegalStateException(\"oops\");");
    plugin("deep", "return build(gateway);");
    plugin("quitter", "System.exit(1); return null;");
    plugin("nothing", "return null;");
    plugin(
        "talker",
        "for (int i = 0; i < 6; i++) { gateway.warn(Warning.of(\"w\")); } return Result.empty();");
    plugin("liar", "throw new NoSuchMethodError(\"old library\");");

    failsWith("thrower", "frontend p.P failed: java.lang.IllegalStateException: oops");
    failsWith("deep", "frontend p.P failed: java.lang.StackOverflowError");
    failsWith(
        "quitter",
        "frontend p.P failed: java.lang.SecurityException: the frontend tried to end the daemon"
            + " with exit status 1");
    failsWith("nothing", "frontend p.P returned null");
    failsWith("talker", "the frontend gave more than 5 warnings");
    failsWith("liar", "frontend p.P failed: java.lang.NoSuchMethodError: old library");

    plugin("fine", "return Result.empty();");
    assertThat(run("fine").metadata()).isEmpty();
  }

  @Test
  void silentPluginsAreGivenUp() throws Exception {
    plugin("sleeper", "Thread.sleep(60_000); return Result.empty();");
    plugin(
        "stuck",
        "for (long i = 0; ; i++) { if (Thread.interrupted() && i < 0) { return Result.empty(); }"
            + " }");
    becomeImpatient(2);

    failsWith("sleeper", "frontend plugin sleeper 1.0.0 did nothing for 2 s and was given up");
    failsWith("stuck", "frontend plugin stuck 1.0.0 did nothing for 2 s and was given up");
  }

  @Test
  void nestingHasAnEnd() throws Exception {
    plugin("self", "return gateway.solve(SolveRequest.builder().frontend(\"self\").build());");

    failsWith("self", "frontends are nested more than 3 deep");
  }

  @Test
  void aSilentNestedFrontendIsNamedItself() throws Exception {
    plugin("outer", "return gateway.solve(SolveRequest.builder().frontend(\"inner\").build());");
    plugin("inner", "Thread.sleep(60_000); return Result.empty();");
    becomeImpatient(10); // time enough for the outer one to ask, wherever this runs

    failsWith("outer", "frontend plugin inner 1.0.0 did nothing for 10 s and was given up");
  }

  @Test
  void whatDoesNotExistIsSaid() throws Exception {
    plugin("words", "return Result.empty();");

    failsWith("wrods", "frontend wrods not found");
    assertThatThrownBy(() -> run("gateway.v0")).hasMessage("no source specified for gateway");
  }

  @Test
  void interruptionReachesThePlugin() throws Exception {
    plugin(
        "patient",
        "System.setProperty(\"patient\", \"waits\");"
            + " try { Thread.sleep(600_000); } catch (InterruptedException e) {"
            + " System.setProperty(\"patient\", \"interrupted\"); throw e; } return"
            + " Result.empty();");
    Thread build =
        Thread.ofPlatform()
            .start(() -> {
              try {
                run("patient");
              } catch (Exception e) {
                Thread.currentThread().interrupt();
              }
            });
    while (!"waits".equals(System.getProperty("patient"))) {
      assertThat(build.isAlive()).isTrue();
      Thread.sleep(20);
    }

    build.interrupt();
    build.join();

    assertThat(System.clearProperty("patient")).isEqualTo("interrupted");
  }

  private void failsWith(String frontend, String message) {
    assertThatThrownBy(() -> run(frontend))
        .isInstanceOf(FrontendException.class)
        .hasMessage(message);
  }
}
