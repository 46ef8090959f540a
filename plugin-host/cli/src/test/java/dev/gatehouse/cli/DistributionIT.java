package dev.gatehouse.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The packaged distribution as people run it: processes, a real daemon, real containers. */
@Timeout(300)
class DistributionIT {
  private static final Path HOME = Path.of("target/gatehouse").toAbsolutePath();
  private static final Path BUSYBOX = Path.of("/usr/bin/busybox");

  @TempDir Path dir;
  private Path context;
  private Process daemon;

  /** What a command said and how it ended. */
  private record Outcome(int status, String output) {}

  @BeforeEach
  void start() throws Exception {
    Assumptions.assumeTrue("root".equals(System.getProperty("user.name")), "containers need root");
    Assumptions.assumeTrue(
        Files.isExecutable(BUSYBOX), "the base of the test images is " + BUSYBOX);
    Assumptions.assumeTrue(
        Files.isExecutable(Path.of("/usr/bin/crun"))
            || Files.isExecutable(Path.of("/usr/sbin/runc")),
        "no container runtime");
    Assumptions.assumeTrue(hasPlugin(), "the Dockerfile plugin is not packaged");
    context = Files.createDirectory(dir.resolve("context"));
    Files.copy(BUSYBOX, context.resolve("busybox"));
    Files.writeString(context.resolve("file"), "content\n");
    startDaemon();
  }

  private static boolean hasPlugin() throws IOException {
    Path plugins = HOME.resolve("plugins");
    if (!Files.isDirectory(plugins)) {
      return false;
    }
    try (Stream<Path> files = Files.list(plugins)) {
      return files.anyMatch(f -> f.toString().endsWith(".zip"));
    }
  }

  private void startDaemon() throws Exception {
    daemon =
        command("daemon", "--root", dir.resolve("root").toString(), "--addr", address())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(dir.resolve("daemon.log").toFile()))
            .start();
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (run("debug", "info", "--addr", address()).status() != 0) {
      assertThat(daemon.isAlive()).as(Files.readString(dir.resolve("daemon.log"))).isTrue();
      assertThat(System.nanoTime()).isLessThan(deadline);
    }
  }

  @AfterEach
  void stop() throws Exception {
    if (daemon != null) {
      daemon.destroy();
      assertThat(daemon.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(mounts()).isEmpty();
    }
  }

  private String address() {
    return "unix://" + dir.resolve("d.sock");
  }

  private static ProcessBuilder command(String... arguments) {
    List<String> line = new ArrayList<>();
    line.add(HOME.resolve("bin/gatehouse").toString());
    line.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(line);
    builder.environment().put("GATEHOUSE_JAVA_HOME", System.getProperty("java.home"));
    return builder;
  }

  private static Outcome run(String... arguments) throws IOException, InterruptedException {
    return finish(command(arguments).redirectErrorStream(true).start());
  }

  private static Outcome finish(Process process) throws IOException, InterruptedException {
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Outcome(process.waitFor(), output);
  }

  private Process startBuild(String dockerfile, String... more) throws IOException {
    Path file = dir.resolve("Dockerfile-" + Integer.toHexString(dockerfile.hashCode()));
    Files.writeString(file, dockerfile);
    List<String> line =
        new ArrayList<>(
            List.of("build", "--addr", address(), "--progress", "plain", "-f", file.toString()));
    line.addAll(List.of(more));
    line.add(context.toString());
    return command(line.toArray(new String[0])).redirectErrorStream(true).start();
  }

  private Outcome build(String dockerfile, String... more)
      throws IOException, InterruptedException {
    return finish(startBuild(dockerfile, more));
  }

  private static String base(String rest) {
    return "FROM scratch\nCOPY busybox /bin/busybox\nSHELL [\"/bin/busybox\", \"sh\", \"-c\"]\n"
        + rest;
  }

  private List<String> mounts() throws IOException {
    return Files.readAllLines(Path.of("/proc/mounts")).stream()
        .filter(l -> l.contains(dir.toString()))
        .toList();
  }

  private static boolean runs(String argument) {
    return ProcessHandle.allProcesses()
        .anyMatch(p -> p.info().commandLine().orElse("").contains(argument));
  }

  private static void await(String what, BooleanSupplier condition) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as(what).isLessThan(deadline);
      Thread.sleep(50);
    }
  }

  @Test
  void aDockerfileBuildsIntoEveryForm() throws Exception {
    String dockerfile = base("RUN busybox=1; /bin/busybox echo made > /made\nCOPY file /file\n");

    Outcome first =
        build(
            dockerfile,
            "--output",
            "type=oci,dest=" + dir.resolve("oci.tar"),
            "--output",
            "type=docker,dest=" + dir.resolve("docker.tar"),
            "--output",
            "type=local,dest=" + dir.resolve("out"),
            "--output",
            "type=tar,dest=" + dir.resolve("files.tar"),
            "--metadata-file",
            dir.resolve("metadata.json").toString());

    assertThat(first.status()).as(first.output()).isZero();
    assertThat(dir.resolve("out/made")).hasContent("made\n");
    assertThat(dir.resolve("out/file")).hasContent("content\n");
    assertThat(dir.resolve("oci.tar")).isNotEmptyFile();
    assertThat(dir.resolve("docker.tar")).isNotEmptyFile();
    assertThat(dir.resolve("files.tar")).isNotEmptyFile();
    assertThat(Files.readString(dir.resolve("metadata.json"))).contains("containerimage.digest");

    Outcome second = build(dockerfile);
    assertThat(second.status()).isZero();
    assertThat(second.output()).containsPattern("RUN busybox=1.*\n#\\d+ CACHED");

    Outcome usage = run("du", "--addr", address());
    assertThat(usage.output()).contains("RECLAIMABLE").contains("Total:");
  }

  @Test
  void aFailingStepShowsItsLinesAndItsOutput() throws Exception {
    Outcome outcome = build(base("RUN /bin/busybox echo before; \\\n    exit 7\n"));

    assertThat(outcome.status()).isEqualTo(1);
    assertThat(outcome.output())
        .contains("before")
        .contains("exit code: 7")
        .contains("   4 | >>> RUN /bin/busybox echo before; \\")
        .contains("   5 | >>>     exit 7")
        .contains("ERROR: failed to solve: process \"/bin/busybox sh -c /bin/busybox echo before;");
  }

  @Test
  void twoBuildsShareAStepAndOneMayGo() throws Exception {
    String dockerfile =
        base("RUN /bin/busybox echo once; /bin/busybox sleep 3.25; /bin/busybox echo end\n");
    Process one = startBuild(dockerfile);
    Process two = startBuild(dockerfile);
    await("the shared step", () -> runs("busybox sleep 3.25"));

    one.destroyForcibly();
    Outcome outcome = finish(two);

    assertThat(outcome.status()).as(outcome.output()).isZero();
    assertThat(outcome.output()).contains(" end\n");
    assertThat(
            ProcessHandle.allProcesses()
                .filter(p -> p.info().commandLine().orElse("").contains("sleep 3.25")))
        .isEmpty();
  }

  @Test
  void aClientThatGoesEndsItsBuild() throws Exception {
    Process build = startBuild(base("RUN /bin/busybox sleep 47.5\n"));
    await("the step", () -> runs("busybox sleep 47.5"));

    build.destroyForcibly();

    await("the end of the step", () -> !runs("sleep 47.5"));
  }

  @Test
  void aKilledDaemonLeavesNothingBehindAndForgetsNothing() throws Exception {
    String dockerfile = base("RUN /bin/busybox echo first > /first\nRUN /bin/busybox sleep 48.5\n");
    Process build = startBuild(dockerfile);
    await("the step", () -> runs("busybox sleep 48.5"));

    daemon.destroyForcibly().waitFor();
    Outcome outcome = finish(build);
    assertThat(outcome.status()).isEqualTo(1);
    assertThat(outcome.output()).contains("no build daemon answers at " + address());

    startDaemon();
    await("the end of what was left", () -> !runs("sleep 48.5"));
    Outcome again =
        build(base("RUN /bin/busybox echo first > /first\nRUN /bin/busybox echo second\n"));
    assertThat(again.status()).as(again.output()).isZero();
    assertThat(again.output())
        .containsPattern("RUN /bin/busybox echo first > /first\n#\\d+ CACHED");
  }

  @Test
  void theDistributionWorksWhenCopiedElsewhere() throws Exception {
    Path copy = dir.resolve("copy");
    assertThat(new ProcessBuilder("cp", "-r", HOME.toString(), copy.toString()).start().waitFor())
        .isZero();
    ProcessBuilder builder =
        new ProcessBuilder(
                copy.resolve("bin/gatehouse").toString(), "debug", "workers", "--addr", address())
            .redirectErrorStream(true);
    builder.environment().put("GATEHOUSE_JAVA_HOME", System.getProperty("java.home"));

    Outcome outcome = finish(builder.start());

    assertThat(outcome.status()).as(outcome.output()).isZero();
    assertThat(outcome.output()).contains("linux/");
    // Another Java 25 refuses the cache of this one: that costs time and is nobody's concern.
    Files.writeString(copy.resolve("lib/client.aot"), "not for this Java");
    assertThat(finish(builder.start()).output()).isEqualTo(outcome.output());
    builder.environment().put("GATEHOUSE_JAVA_HOME", "/nonexistent");
    assertThat(finish(builder.start()).output())
        .isEqualTo("gatehouse: GATEHOUSE_JAVA_HOME=/nonexistent is no Java 25\n");
  }

  static {
    assertThat(new File("pom.xml")).as("tests run in the module's directory").exists();
  }
}
