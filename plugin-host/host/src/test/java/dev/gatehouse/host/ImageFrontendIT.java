package dev.gatehouse.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.SolveRequest;
import dev.gatehouse.llb.ImageSource;
import dev.gatehouse.llb.MarshalOptions;
import dev.gatehouse.llb.oci.ContainerConfig;
import dev.gatehouse.solver.core.ProgressEvent;
import dev.gatehouse.solver.worker.WorkerConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Images that are no frontends, or bad ones, or may not be: each ends in one sentence and a hint.
 */
@Timeout(120)
class ImageFrontendIT {
  private static final Path BUSYBOX = Path.of("/usr/bin/busybox");
  private static final String NO_FRONTEND =
      "it seems to be no BuildKit frontend: the # syntax= line or the option source must name one";

  private final List<String> warnings = new CopyOnWriteArrayList<>();

  @TempDir Path dir;
  private ImageServer images;
  private TestHost host;

  @BeforeEach
  void open() throws Exception {
    Assumptions.assumeTrue(Files.isExecutable(BUSYBOX), "needs busybox-static");
    host =
        TestHost.open(
            dir, WorkerConfig.of(dir.resolve("root")), options(List.of(), Duration.ofSeconds(60)));
    images = new ImageServer();
  }

  private static HostOptions options(List<String> allowed, Duration startPatience) {
    return new HostOptions(
        "test", true, true, allowed, Duration.ofSeconds(60), startPatience, 5, 3);
  }

  @AfterEach
  void close() {
    if (images != null) {
      images.close();
    }
    if (host != null) {
      host.close();
    }
  }

  /** An image whose entrypoint is a script for busybox. */
  private String script(String name, String script, String... labels) throws Exception {
    ContainerConfig.Builder config =
        ContainerConfig.EMPTY.toBuilder()
            .entrypoint(List.of("/bin/busybox", "sh", "-c", script))
            .user("1000");
    for (int i = 0; i < labels.length; i += 2) {
      config.label(labels[i], labels[i + 1]);
    }
    images.add(name, Map.of("bin/busybox", Files.readAllBytes(BUSYBOX)), config.build());
    return images.host() + "/" + name + ":1";
  }

  private void progress(ProgressEvent event) {
    if (event instanceof ProgressEvent.VertexWarning warning) {
      warnings.add(warning.message());
    }
  }

  private FrontendException failure(SolveRequest.Builder request) {
    return catchThrowableOfType(
        FrontendException.class, () -> host.solve(request.build(), this::progress));
  }

  private void fails(String source, String message, String hint) {
    FrontendException failure =
        failure(SolveRequest.builder().frontend("gateway.v0").frontendOption("source", source));
    assertThat(failure).hasMessage(message);
    assertThat(failure.hint()).contains(hint);
  }

  @Test
  void anImageThatIsNotThere() {
    String name = images.host() + "/none:1";

    fails(
        name,
        "frontend image " + name + ": not found",
        "the # syntax= line or the option source must name another");
    fails(
        "team/UPPER",
        "frontend \"team/UPPER\" is no image name: failed to parse \"team/UPPER\": invalid"
            + " reference format: repository name (team/UPPER) must be lowercase",
        "the # syntax= line or the option source must name an image");
  }

  @Test
  void anImageWithoutAProgram() throws Exception {
    images.add("empty", Map.of("file", new byte[] {1}), ContainerConfig.EMPTY);
    String empty = images.host() + "/empty:1";
    fails(
        empty,
        "frontend image " + empty + " has neither an entrypoint nor a program /run",
        NO_FRONTEND);

    images.add(
        "missing",
        Map.of("file", new byte[] {1}),
        ContainerConfig.EMPTY.toBuilder().entrypoint(List.of("/bin/frontend")).build());
    FrontendException failure =
        failure(
            SolveRequest.builder()
                .frontend("gateway.v0")
                .frontendOption("source", images.host() + "/missing:1"));
    assertThat(failure)
        .hasMessageStartingWith(
            "frontend image " + images.host() + "/missing:1 cannot be started: ")
        .hasMessageContaining("/bin/frontend");
    assertThat(failure.hint()).contains("its author must mend its entrypoint");
  }

  @Test
  void aProgramThatIsNoFrontend() throws Exception {
    String quits = script("quits", "echo usage: quits FILE >&2; exit 3");
    fails(
        quits,
        "frontend image "
            + quits
            + " ended with exit code 3 and returned nothing: usage: quits FILE",
        NO_FRONTEND);

    String prints = script("prints", "echo Hello from prints; exec /bin/busybox sleep 1000");
    fails(
        prints,
        "frontend image "
            + prints
            + " writes text to its standard output, which is its connection to the build server:"
            + " \"Hello from prints\"",
        "its author must send logs to standard error, or it is no frontend");

    String silent = script("silent", "exec /bin/busybox sleep 1000");
    host.reopen(options(List.of(), Duration.ofSeconds(2)));
    fails(
        silent,
        "frontend image " + silent + " did not speak to the build server within 2 s",
        NO_FRONTEND);
  }

  @Test
  void aFrontendThatReturnsNothing() throws Exception {
    String preface =
        "printf 'PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n\\0\\0\\0\\4\\0\\0\\0\\0\\0'; ";
    String silent = script("halfway", preface + "echo bye >&2; exit 0");

    fails(
        silent,
        "frontend image " + silent + " ended with exit code 0 and returned nothing: bye",
        "its author must let it call Return before it ends; its output is above");
  }

  @Test
  void aFrontendThatLacksACapability() throws Exception {
    String name = script("plain", "exit 0", "moby.buildkit.frontend.caps", "a,b+forward");
    SolveRequest.Builder request =
        SolveRequest.builder().frontend("gateway.v0").frontendOption("source", name);

    FrontendException wanted =
        failure(request.frontendOption("frontend.caps", "a, b,moby.buildkit.frontend.nonesuch"));

    assertThat(wanted)
        .hasMessage("unsupported frontend capability moby.buildkit.frontend.nonesuch");
    assertThat(wanted.hint())
        .contains(
            "frontend image "
                + name
                + " does not name it in its label moby.buildkit.frontend.caps: its author must add"
                + " it, or the build do without");
    assertThat(
            failure(
                request
                    .frontendOption("frontend.caps", "a")
                    .frontendInput(
                        "x", ImageSource.of(name).state().marshal(MarshalOptions.defaults()))))
        .hasMessage("unsupported frontend capability moby.buildkit.frontend.inputs");
  }

  @Test
  void aFrontendRunsAsRootAndFindsItsOwnDefinition() throws Exception {
    String name =
        script(
            "curious",
            "cd /run/config/buildkit/metadata && /bin/busybox id -u >&2 && /bin/busybox stat -c %a"
                + " frontend.bin >&2 && ! /bin/busybox touch frontend.bin && /bin/busybox grep -ao"
                + " 'docker-image://[a-z0-9:/@]*' frontend.bin >&2; exit 9");

    FrontendException failure =
        failure(SolveRequest.builder().frontend("gateway.v0").frontendOption("source", name));

    assertThat(failure)
        .hasMessageMatching(
            "frontend image .* ended with exit code 9 and returned nothing: docker-image://"
                + name
                + "@sha256:[0-9a-f]{64}");
  }

  @Test
  void onlyWhatIsAllowedRuns() throws Exception {
    String allowed = script("team/allowed", "exit 4");
    String pinned = script("team/pinned", "exit 5");
    String digest = images.add("team/other", Map.of("run", new byte[] {1}), ContainerConfig.EMPTY);
    String other = images.host() + "/team/other:1";
    host.reopen(
        options(
            List.of(
                images.host() + "/team/allowed:anything",
                images.host() + "/team/pinned@sha256:" + "0".repeat(64)),
            Duration.ofSeconds(60)));

    fails(
        allowed,
        "frontend image " + allowed + " ended with exit code 4 and returned nothing",
        NO_FRONTEND);
    fails(
        other,
        "'" + other + "' is not an allowed gateway source",
        "the daemon's administrator must add "
            + images.host()
            + "/team/other to frontend.\"gateway.v0\".allowedRepositories in buildkitd.toml");
    FrontendException refused =
        failure(SolveRequest.builder().frontend("gateway.v0").frontendOption("source", pinned));
    assertThat(refused).hasMessage("'" + pinned + "' is not an allowed gateway source");
    assertThat(refused.hint().orElseThrow())
        .startsWith("it is sha256:")
        .contains("must add " + images.host() + "/team/pinned@sha256:");

    host.reopen(options(List.of(images.host() + "/team/other@" + digest), Duration.ofSeconds(60)));
    assertThat(
            failure(SolveRequest.builder().frontend("gateway.v0").frontendOption("source", other)))
        .hasMessageStartingWith("frontend image " + other);
  }

  @Test
  void aNamedContextTakesTheFrontendsPlace() throws Exception {
    String other = script("stand-in", "exit 6");
    SolveRequest.Builder request =
        SolveRequest.builder().frontend("gateway.v0").frontendOption("source", "docker/dockerfile");

    assertThat(
            failure(request.frontendOption("context:docker/dockerfile", "docker-image://" + other)))
        .hasMessage("frontend image " + other + " ended with exit code 6 and returned nothing");
    assertThat(failure(request.frontendOption("context:docker/dockerfile", "input:own")))
        .hasMessage("frontend docker/dockerfile is to be the input own, which the build has not");
    assertThat(
            failure(
                request.frontendInput(
                    "own", ImageSource.of(other).state().marshal(MarshalOptions.defaults()))))
        .hasMessage("unsupported frontend capability moby.buildkit.frontend.inputs");
    for (String context :
        List.of(
            "https://example.org/frontend.git#v1",
            "git@example.org:frontend.git",
            "https://example.org/frontend.tar",
            "ftp://x")) {
      FrontendException refused =
          failure(request.frontendOption("context:docker/dockerfile", context));
      assertThat(refused)
          .hasMessage("frontend docker/dockerfile cannot come from the context " + context);
      assertThat(refused.hint())
          .hasValue(
              "the build must give docker/dockerfile as docker-image:, oci-layout:, input: or"
                  + " local:");
    }
  }

  @Test
  void aNamedContextIsNoWayAroundWhatIsAllowed() throws Exception {
    String other = script("other", "exit 6");
    host.reopen(options(List.of("docker/dockerfile"), Duration.ofSeconds(60)));
    SolveRequest.Builder request =
        SolveRequest.builder().frontend("gateway.v0").frontendOption("source", "docker/dockerfile");

    for (String context : List.of("docker-image://" + other, "local:files", "input:own")) {
      assertThat(failure(request.frontendOption("context:docker/dockerfile", context)))
          .as(context)
          .hasMessage("'docker/dockerfile' is not an allowed gateway source");
    }
  }

  @Test
  void aRegistryOutOfReachLeavesTheFrontendThatWas() throws Exception {
    String name = script("kept", "exit 7");
    String ends = "frontend image " + name + " ended with exit code 7 and returned nothing";
    fails(name, ends, NO_FRONTEND);
    images.close();
    host.reopen(options(List.of(), Duration.ofSeconds(60)));

    fails(name, ends, NO_FRONTEND);
    assertThat(warnings)
        .singleElement()
        .asString()
        .contains("failed to do request")
        .contains("; it is sha256:")
        .endsWith(" as in an earlier build");

    String never = name.replace("kept", "never");
    FrontendException failure =
        failure(SolveRequest.builder().frontend("gateway.v0").frontendOption("source", never));
    assertThat(failure)
        .hasMessageStartingWith("frontend image " + never + ": failed to do request");
  }
}
