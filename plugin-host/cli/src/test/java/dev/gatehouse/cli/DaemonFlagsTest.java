package dev.gatehouse.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.daemon.config.ConfigReader;
import dev.gatehouse.daemon.config.DaemonConfig;
import dev.gatehouse.daemon.config.DiskSpace;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** Command lines that start {@code buildkitd} start this daemon alike. */
class DaemonFlagsTest {
  private static DaemonConfig config(String... line) throws Exception {
    return ConfigReader.defaults(flags(line).overrides(Map.of()));
  }

  private static DaemonFlags flags(String... line) {
    CommandSpec spec = CommandSpec.create();
    DaemonFlags flags = new DaemonFlags(spec);
    new CommandLine(spec).parseArgs(line);
    return flags;
  }

  @Test
  void optionsOfBuildkitdBecomeItsConfiguration() throws Exception {
    DaemonConfig config =
        config(
            "--oci-worker=true",
            "--containerd-worker=false",
            "--containerd-worker-addr",
            "/run/containerd.sock",
            "--oci-worker-gc=false",
            "--oci-worker-labels=a.b/c=sandbox=1",
            "--oci-worker-labels",
            "d=",
            "--oci-worker-snapshotter",
            "native",
            "--oci-worker-platform=linux/amd64",
            "--oci-worker-net=host",
            "--oci-worker-binary=runc",
            "--oci-max-parallelism=3",
            "--oci-worker-gc-keepstorage=10,20,30",
            "--allow-insecure-entitlement=network.host",
            "--allow-insecure-entitlement",
            "security.insecure",
            "--group=root",
            "--log-format=json",
            "--log-level=warn",
            "--tlscert=c.pem",
            "--tlskey=k.pem",
            "--tlscacert=ca.pem");

    DaemonConfig.OciWorker worker = config.worker();
    assertThat(worker.gc()).isFalse();
    assertThat(worker.labels()).isEqualTo(Map.of("a.b/c", "sandbox=1", "d", ""));
    assertThat(worker.snapshotter()).isEqualTo("native");
    assertThat(worker.platforms()).containsExactly("linux/amd64");
    assertThat(worker.network().mode()).isEqualTo("host");
    assertThat(worker.binary()).isEqualTo("runc");
    assertThat(worker.maxParallelism()).isEqualTo(3);
    assertThat(worker.reservedSpace()).isEqualTo(DiskSpace.ofBytes(10_000_000));
    assertThat(worker.minFreeSpace()).isEqualTo(DiskSpace.ofBytes(20_000_000));
    assertThat(worker.maxUsedSpace()).isEqualTo(DiskSpace.ofBytes(30_000_000));
    assertThat(config.entitlements()).containsExactly("network.host", "security.insecure");
    assertThat(config.grpc().gid()).isEqualTo(0);
    assertThat(config.grpc().tls()).isEqualTo(new DaemonConfig.Tls("c.pem", "k.pem", "ca.pem"));
    assertThat(config.log()).isEqualTo(new DaemonConfig.Log("json", "warn"));
    assertThat(config.warnings()).isEmpty();
  }

  @Test
  void optionsHoldInPlaceOfTheFile(@TempDir Path dir) throws Exception {
    Path file = dir.resolve("buildkitd.toml");
    Files.writeString(
        file,
        """
        insecure-entitlements = ["security.insecure"]
        [log]
        level = "error"
        [Worker.oci]
        GC = false
        max-parallelism = 2
        [Worker.oci.labels]
        kept = "1"
        changed = "1"
        """);

    DaemonConfig config =
        ConfigReader.read(
            file,
            flags(
                    "--allow-insecure-entitlement=network.host",
                    "--oci-worker-gc",
                    "--oci-worker-labels=changed=2")
                .overrides(Map.of("BUILDKITD_LOG_LEVEL", "debug")));

    assertThat(config.entitlements()).containsExactly("network.host");
    assertThat(config.worker().gc()).isTrue();
    assertThat(config.worker().maxParallelism()).isEqualTo(2);
    assertThat(config.worker().labels()).isEqualTo(Map.of("kept", "1", "changed", "2"));
    assertThat(config.log().level()).isEqualTo("debug");
  }

  @Test
  void whatHasNoEffectIsWarnedOf() throws Exception {
    assertThat(config("--otel-socket-path=/x", "--cdi-spec-dir=/y", "--debugaddr=z").warnings())
        .containsExactlyInAnyOrder(
            "--otel-socket-path: otel has no effect in Gatehouse",
            "--cdi-spec-dir: cdi has no effect in Gatehouse",
            "--debugaddr: debugAddress has no effect in Gatehouse");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --oci-worker=false           | --oci-worker: worker.oci cannot be disabled: it is Gatehouse's only worker
          --containerd-worker=true     | --containerd-worker: worker.containerd is not available in Gatehouse; its own worker needs no containerd
          --oci-worker-net=vpn         | --oci-worker-net: invalid network mode: "vpn"
          --oci-worker-gc=perhaps      | --oci-worker-gc: "perhaps" is neither true nor false
          --oci-max-parallelism=many   | --oci-max-parallelism: "many" is no whole number
          --oci-worker-labels=a        | --oci-worker-labels: "a" is not KEY=VALUE
          --group=no-such-group-here   | --group: unknown group no-such-group-here
          --oci-worker-gc-keepstorage=1,x | --oci-worker-gc-keepstorage: "x" is no whole number
          --proxy-network              | --proxy-network: proxyNetwork is not available in Gatehouse
          """)
  void mistakesAreToldByTheirOption(String option, String message) {
    assertThatThrownBy(() -> config(option)).hasMessage(message);
  }
}
