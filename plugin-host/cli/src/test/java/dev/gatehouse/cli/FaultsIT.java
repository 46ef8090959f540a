package dev.gatehouse.cli;

import static dev.gatehouse.cli.TestDistribution.base;
import static dev.gatehouse.cli.TestDistribution.run;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.gatehouse.cli.TestDistribution.Outcome;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a person sees when something goes wrong, and that the daemon builds on after it. */
@Timeout(300)
class FaultsIT {
  @TempDir Path dir;

  private static int call(String... command) throws Exception {
    return new ProcessBuilder(command).inheritIO().start().waitFor();
  }

  @Test
  void mistakesInTheDockerfileShowTheirLinesAndWhatWasMeant() throws Exception {
    TestDistribution.assumeUsable();
    try (TestDistribution distribution = TestDistribution.start(dir)) {
      Outcome missing = distribution.build("FROM scratch\n\nCOPY fiel /there\n");
      assertThat(missing.status()).isEqualTo(1);
      assertThat(missing.output())
          .contains("   3 | >>> COPY fiel /there")
          .contains("ERROR: failed to solve: ")
          .contains("\"/fiel\": not found; did you mean \"/file\"?");

      Outcome unknown = distribution.build("FROM scratch\nCOPPY file /\n");
      assertThat(unknown.status()).isEqualTo(1);
      assertThat(unknown.output())
          .contains("   2 | >>> COPPY file /")
          .contains("unknown instruction: COPPY (did you mean COPY?)");

      assertThat(distribution.build("FROM scratch\nCOPY file /\n").status()).isZero();
    }
  }

  @Test
  void registriesThatKnowNothingOrFailAreToldApart() throws Exception {
    TestDistribution.assumeUsable();
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          boolean broken = exchange.getRequestURI().getPath().contains("/broken/");
          exchange.sendResponseHeaders(broken ? 500 : 404, -1);
          exchange.close();
        });
    server.start();
    String host = "localhost:" + server.getAddress().getPort();
    try (TestDistribution distribution = TestDistribution.start(dir)) {
      Outcome unknown = distribution.build("FROM " + host + "/no/such:1\n");
      assertThat(unknown.status()).isEqualTo(1);
      assertThat(unknown.output())
          .contains("   1 | >>> FROM " + host + "/no/such:1")
          .contains("ERROR: failed to solve: " + host + "/no/such:1: ")
          .contains(host + "/no/such:1: not found\n");

      Outcome broken = distribution.build("FROM " + host + "/broken/one:1\n");
      assertThat(broken.status()).isEqualTo(1);
      assertThat(broken.output()).contains("/broken/one:1").contains("500 Internal Server Error");

      Outcome gone = distribution.build("FROM localhost:1/a:b\n");
      assertThat(gone.status()).isEqualTo(1);
      assertThat(gone.output()).contains("localhost:1").containsIgnoringCase("connect");
    } finally {
      server.stop(0);
    }
  }

  @Test
  void aFullDiskIsSaidAndTheNextBuildWorks() throws Exception {
    TestDistribution.assumeUsable();
    Path small = Files.createDirectory(dir.resolve("small"));
    Assumptions.assumeTrue(
        call("mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", small.toString()) == 0,
        "a tmpfs cannot be mounted here");
    try (TestDistribution distribution = TestDistribution.start(dir, small.resolve("root"))) {
      String fill = "RUN /bin/busybox dd if=/dev/zero of=/big bs=1M count=100\n";
      Outcome run = distribution.build(base(fill));
      assertThat(run.status()).isEqualTo(1);
      assertThat(run.output()).contains("No space left on device").contains("exit code: 1");
      assertThat(run.output()).contains("   4 | >>> RUN /bin/busybox dd");

      Path big = distribution.context().resolve("big");
      Files.write(big, new byte[100 << 20]);
      Outcome copy = distribution.build("FROM scratch\nCOPY big /\n");
      assertThat(copy.status()).isEqualTo(1);
      assertThat(copy.output()).containsIgnoringCase("no space left on device");
      Files.delete(big);

      // What the failed builds wrote is thrown away behind their backs.
      TestDistribution.await("space", () -> small.toFile().getUsableSpace() > 40 << 20);
      assertThat(distribution.daemonLives()).isTrue();
      Outcome fits = distribution.build(base("RUN /bin/busybox echo fits > /said\n"));
      assertThat(fits.status()).as(fits.output()).isZero();
      Outcome usage = run("du", "--addr", distribution.address());
      assertThat(usage.status()).as(usage.output()).isZero();
      Outcome prune = run("prune", "--all", "--addr", distribution.address());
      assertThat(prune.status()).as(prune.output()).isZero();
    } finally {
      assertThat(call("umount", small.toString())).isZero();
    }
  }

  /**
   * The commands run where {@code /run} and {@code /var/lib} are others, so that no daemon of this
   * machine is found or started.
   */
  @Test
  void aDaemonIsStartedWhenThereIsNone() throws Exception {
    TestDistribution.assumeUsable();
    Path context = TestDistribution.makeContext(dir);
    Files.writeString(context.resolve("Dockerfile"), base("RUN /bin/busybox echo built\n"));
    Path script = dir.resolve("script");
    Files.writeString(
        script,
        """
        set -eu
        mount -t tmpfs tmpfs /run
        mount -t tmpfs tmpfs /var/lib
        daemons() {
          for p in /proc/[0-9]*; do
            [ "$(readlink $p/ns/mnt)" = "$(readlink /proc/self/ns/mnt)" ] || continue
            tr '\\0' ' ' < $p/cmdline | grep -q 'cli.Main daemon' && echo ${p#/proc/}
          done
          return 0
        }
        trap 'for d in $(daemons); do kill $d; done' EXIT
        gatehouse="$1/bin/gatehouse"
        "$gatehouse" build --progress plain "$2" > "$3/one" 2>&1 &
        one=$!
        "$gatehouse" build --progress plain "$2" > "$3/two" 2>&1
        wait $one
        "$gatehouse" build --progress plain "$2" > "$3/three" 2>&1
        daemons | wc -l
        "$gatehouse" du
        for d in $(daemons); do
          kill $d
          while [ -d /proc/$d ]; do sleep 0.1; done
        done
        grep -c /var/lib/gatehouse/ /proc/self/mountinfo || :
        """);
    ProcessBuilder builder =
        new ProcessBuilder(
                "unshare",
                "--mount",
                "sh",
                script.toString(),
                TestDistribution.HOME.toString(),
                context.toString(),
                dir.toString())
            .redirectErrorStream(true);
    builder.environment().put("GATEHOUSE_JAVA_HOME", System.getProperty("java.home"));
    builder.environment().keySet().removeAll(java.util.List.of("GATEHOUSE_HOST", "BUILDKIT_HOST"));

    Outcome outcome = TestDistribution.finish(builder.start());

    assertThat(outcome.status()).as(outcome.output()).isZero();
    assertThat(outcome.output()).startsWith("1\n").endsWith("\n0\n").contains("Total:");
    assertThat(Files.readString(dir.resolve("one")) + Files.readString(dir.resolve("two")))
        .contains("gatehouse: starting the build daemon, its log is /run/gatehouse/daemon.log")
        .contains("RUN /bin/busybox echo built");
    assertThat(Files.readString(dir.resolve("three")))
        .doesNotContain("starting the build daemon")
        .contains("CACHED");
  }
}
