package dev.gatehouse.cli;

import static dev.gatehouse.cli.TestDistribution.await;
import static dev.gatehouse.cli.TestDistribution.base;
import static dev.gatehouse.cli.TestDistribution.command;
import static dev.gatehouse.cli.TestDistribution.finish;
import static dev.gatehouse.cli.TestDistribution.run;
import static dev.gatehouse.cli.TestDistribution.runs;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.cli.TestDistribution.Outcome;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The packaged distribution as people run it: processes, a real daemon, real containers. */
@Timeout(300)
class DistributionIT {
  @TempDir Path dir;
  private TestDistribution distribution;

  @BeforeEach
  void start() throws Exception {
    TestDistribution.assumeUsable();
    distribution = TestDistribution.start(dir);
  }

  @AfterEach
  void stop() throws Exception {
    if (distribution != null) {
      distribution.close();
    }
  }

  @Test
  void aDockerfileBuildsIntoEveryForm() throws Exception {
    String dockerfile = base("RUN busybox=1; /bin/busybox echo made > /made\nCOPY file /file\n");

    Outcome first =
        distribution.build(
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

    Outcome second = distribution.build(dockerfile);
    assertThat(second.status()).isZero();
    assertThat(second.output()).containsPattern("RUN busybox=1.*\n#\\d+ CACHED");

    Outcome usage = run("du", "--addr", distribution.address());
    assertThat(usage.output()).contains("RECLAIMABLE").contains("Total:");
  }

  @Test
  void standardInputIsAContextOrADockerfile() throws Exception {
    Files.writeString(
        distribution.context().resolve("Dockerfile"), "FROM scratch\nCOPY file /from-tar\n");
    Path tar = dir.resolve("context.tar.gz");
    assertThat(
            new ProcessBuilder(
                    "tar", "-C", distribution.context().toString(), "-czf", tar.toString(), ".")
                .start()
                .waitFor())
        .isZero();
    Path out = dir.resolve("out");
    for (Path input :
        List.of(tar, Files.writeString(dir.resolve("D"), "FROM scratch\nADD . /\n"))) {
      Outcome outcome =
          finish(
              command("build", "--addr", distribution.address(), "-o", out.toString(), "-")
                  .redirectInput(input.toFile())
                  .redirectErrorStream(true)
                  .start());
      assertThat(outcome.status()).as(outcome.output()).isZero();
    }
    assertThat(out).isDirectoryContaining(f -> f.endsWith("from-tar"));
    assertThat(out.resolve("from-tar")).hasContent("content\n");
  }

  @Test
  void aCheckAsksTheFrontendAndBuildsNothing() throws Exception {
    Path file =
        Files.writeString(
            distribution.context().resolve("Dockerfile"), "from scratch\nCOPY file /\n");

    Outcome found =
        run("build", "--addr", distribution.address(), "--check", file.getParent().toString());
    assertThat(found.status()).isEqualTo(1);
    assertThat(found.output())
        .contains("ConsistentInstructionCasing")
        .contains("Check complete, 1 warning has been found!")
        .doesNotContain("] COPY file");

    Files.writeString(file, "FROM scratch\nCOPY file /\n");
    Outcome clean =
        run("build", "--addr", distribution.address(), "--check", file.getParent().toString());
    assertThat(clean.status()).as(clean.output()).isZero();
    assertThat(clean.output()).contains("Check complete, no warnings found.");
  }

  @Test
  void aFailingStepShowsItsLinesAndItsOutput() throws Exception {
    Outcome outcome = distribution.build(base("RUN /bin/busybox echo before; \\\n    exit 7\n"));

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
    Process one = distribution.startBuild(dockerfile);
    Process two = distribution.startBuild(dockerfile);
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
    Process build = distribution.startBuild(base("RUN /bin/busybox sleep 47.5\n"));
    await("the step", () -> runs("busybox sleep 47.5"));

    build.destroyForcibly();

    await("the end of the step", () -> !runs("sleep 47.5"));
  }

  @Test
  void aKilledDaemonLeavesNothingBehindAndForgetsNothing() throws Exception {
    String dockerfile = base("RUN /bin/busybox echo first > /first\nRUN /bin/busybox sleep 48.5\n");
    Process build = distribution.startBuild(dockerfile);
    await("the step", () -> runs("busybox sleep 48.5"));

    distribution.killDaemon();
    Outcome outcome = finish(build);
    assertThat(outcome.status()).isEqualTo(1);
    assertThat(outcome.output()).contains("no build daemon answers at " + distribution.address());

    distribution.startDaemon();
    await("the end of what was left", () -> !runs("sleep 48.5"));
    Outcome again =
        distribution.build(
            base("RUN /bin/busybox echo first > /first\nRUN /bin/busybox echo second\n"));
    assertThat(again.status()).as(again.output()).isZero();
    assertThat(again.output())
        .containsPattern("RUN /bin/busybox echo first > /first\n#\\d+ CACHED");
  }

  @Test
  void theDistributionWorksWhenCopiedElsewhere() throws Exception {
    Path copy = dir.resolve("copy");
    assertThat(
            new ProcessBuilder("cp", "-r", TestDistribution.HOME.toString(), copy.toString())
                .start()
                .waitFor())
        .isZero();
    ProcessBuilder builder =
        TestDistribution.command(copy, "debug", "workers", "--addr", distribution.address())
            .redirectErrorStream(true);

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
