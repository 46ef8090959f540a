package dev.gatehouse.frontend.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.frontend.Container;
import dev.gatehouse.frontend.ContainerMount;
import dev.gatehouse.frontend.ContainerProcess;
import dev.gatehouse.frontend.ContainerRequest;
import dev.gatehouse.frontend.FileStat;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.ProcessRequest;
import dev.gatehouse.frontend.Reference;
import dev.gatehouse.frontend.Result;
import dev.gatehouse.frontend.SolveRequest;
import dev.gatehouse.llb.oci.Platform;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What every transport of the gateway must do for the containers of a frontend. */
interface ContainerContract extends GatewayRun {
  @Test
  default void processes() throws Exception {
    build(gateway -> {
      Reference r = gateway.solve(SolveRequest.of(GatewayRun.image("x"))).singleReference();
      try (Container c =
          gateway.newContainer(
              new ContainerRequest(
                  List.of(
                      ContainerMount.bind("/", r),
                      new ContainerMount.Cache(
                          "/c", "s", null, "id", ContainerMount.Sharing.LOCKED, true),
                      new ContainerMount.Tmpfs("/t", 5),
                      new ContainerMount.Secret("/s", "sec", 1, 2, 0400, true),
                      new ContainerMount.Ssh("/h", "ssh", 1, 2, 0600, false)),
                  ContainerRequest.Network.NONE,
                  "host",
                  List.of(new ContainerRequest.HostAddress("h", "1.2.3.4")),
                  Platform.LINUX_ARM64,
                  List.of("worker==1")))) {
        byte[] input = new byte[300_000];
        Arrays.fill(input, (byte) 'i');
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ContainerProcess cat =
            c.start(
                ProcessRequest.builder("cat")
                    .environment("A", "B")
                    .stdin(new ByteArrayInputStream(input))
                    .stdout(out)
                    .build());
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        ContainerProcess exit = c.start(ProcessRequest.builder("exit", "3").stderr(err).build());
        assertThat(exit.waitFor()).isEqualTo(3);
        assertThat(err.toString(StandardCharsets.UTF_8)).isEqualTo("going\n");
        assertThat(cat.waitFor()).isZero();
        assertThat(out.toByteArray()).isEqualTo(input);

        ByteArrayOutputStream signals = new ByteArrayOutputStream();
        ContainerProcess wait =
            c.start(ProcessRequest.builder("wait").terminal(true).stdout(signals).build());
        wait.resize(24, 80);
        wait.signal("SIGTERM");
        assertThat(wait.waitFor()).isEqualTo(143);
        assertThat(signals.toString(StandardCharsets.UTF_8)).isEqualTo("24x80 TERM");

        ByteArrayOutputStream flood = new ByteArrayOutputStream();
        assertThat(c.start(ProcessRequest.builder("flood").stdout(flood).build()).waitFor())
            .isZero();
        assertThat(flood.size()).isEqualTo(5_000_000);

        assertThatThrownBy(() -> c.start(ProcessRequest.builder("fail").build()).waitFor())
            .isInstanceOf(FrontendException.class)
            .hasMessage("runtime is broken");
        assertThatThrownBy(() -> c.start(ProcessRequest.builder("nostart").build()).waitFor())
            .isInstanceOf(FrontendException.class)
            .hasMessage("exec: \"nostart\": not found");
        // A code of 255 that a process chose is no failure to run it.
        assertThat(c.start(ProcessRequest.builder("exit", "255").build()).waitFor()).isEqualTo(255);

        assertThat(c.readDir(1, "d", Optional.of("*")))
            .extracting(FileStat::path)
            .containsExactly("d*");
        assertThat(c.statFile(2, "f").size()).isEqualTo(2);
      }
      return Result.empty();
    });
    ContainerRequest seen = backend().containers.get(0);
    assertThat(seen.mounts().get(1))
        .isEqualTo(
            new ContainerMount.Cache("/c", "s", null, "id", ContainerMount.Sharing.LOCKED, true));
    assertThat(seen.mounts().subList(2, 5))
        .containsExactly(
            new ContainerMount.Tmpfs("/t", 5),
            new ContainerMount.Secret("/s", "sec", 1, 2, 0400, true),
            new ContainerMount.Ssh("/h", "ssh", 1, 2, 0600, false));
    assertThat(seen.network()).isEqualTo(ContainerRequest.Network.NONE);
    assertThat(seen.extraHosts()).containsExactly(new ContainerRequest.HostAddress("h", "1.2.3.4"));
    assertThat(seen.platform()).hasValue(Platform.LINUX_ARM64);
    assertThat(seen.constraints()).containsExactly("worker==1");
    assertThat(backend().closedContainers).isEqualTo(1);
  }

  @Test
  default void containersLeftBehindAreReleased() throws Exception {
    build(gateway -> {
      gateway.newContainer(ContainerRequest.of());
      return Result.empty();
    });
    assertThat(backend().closedContainers).isZero();
    service().close();
    assertThat(backend().closedContainers).isEqualTo(1);
  }
}
