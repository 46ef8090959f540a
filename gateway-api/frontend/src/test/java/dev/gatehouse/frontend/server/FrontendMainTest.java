package dev.gatehouse.frontend.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.FrontendMain;
import dev.gatehouse.frontend.Result;
import dev.gatehouse.frontend.transport.RpcServer;
import dev.gatehouse.frontend.transport.StreamSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The entry point of a frontend image, as a process whose standard streams are the wire. */
@Timeout(60)
class FrontendMainTest {
  private final FakeBackend backend = new FakeBackend();

  private record Run(GatewayService service, int exitCode, String stderr) {}

  private Run run(List<String> arguments, Map<String, String> environment) throws Exception {
    java.util.ArrayList<String> command =
        new java.util.ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-XX:+DisplayVMOutputToStderr",
                "-cp",
                System.getProperty("java.class.path"),
                FrontendMain.class.getName()));
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(environment);
    Process process = builder.start();
    GatewayService service = new GatewayService(backend);
    try (RpcServer server =
        RpcServer.start(
            new StreamSocket(process.getInputStream(), process.getOutputStream()),
            List.of(service.rpc()))) {
      String stderr = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
      return new Run(service, process.exitValue(), stderr);
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void aBuildOverStandardStreams() throws Exception {
    backend.files.put("a", "hello".getBytes(StandardCharsets.UTF_8));
    Run run = run(List.of(), Map.of("BUILDKIT_SESSION_ID", "s1", "BUILDKIT_FRONTEND_OPT_0", "k=v"));
    Result result = run.service().result();
    assertThat(result.metadataText("said")).hasValue("hello");
    assertThat(result.metadataText("session")).hasValue("s1");
    assertThat(result.reference()).isPresent();
    assertThat(run.exitCode()).isZero();
    // What a frontend prints is no wire but log.
    assertThat(run.stderr()).contains("a careless print");
  }

  @Test
  void aFailureReachesTheServerWithItsSource() throws Exception {
    Run run = run(List.of(), Map.of("BUILDKIT_FRONTEND_OPT_0", "fail=yes"));
    FrontendException e =
        catchThrowableOfType(FrontendException.class, () -> run.service().result());
    assertThat(e).hasMessage("no good");
    assertThat(e.sources()).hasSize(1);
    assertThat(run.exitCode()).isZero();
  }

  @Test
  void anUnknownFrontendIsNamedWithThoseThereAre() throws Exception {
    Run run = run(List.of("com.example.Other"), Map.of());
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.stderr())
        .contains(
            "no frontend com.example.Other; there are [" + HelloFrontend.class.getName() + "]");
    assertThat(run.service().returned()).isFalse();
  }

  @Test
  void aFrontendThatIsNamed() throws Exception {
    backend.files.put("a", "hello".getBytes(StandardCharsets.UTF_8));
    Run run = run(List.of(HelloFrontend.class.getName()), Map.of());
    assertThat(run.service().result().metadataText("said")).hasValue("hello");
  }

  @Test
  void aNamedClassThatIsNoFrontend() throws Exception {
    Run run = run(List.of("java.lang.Object"), Map.of());
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.stderr())
        .contains(
            "java.lang.Object is no frontend; there are [" + HelloFrontend.class.getName() + "]");
  }
}
