package dev.gatehouse.cli;

import static dev.gatehouse.cli.TestDistribution.await;
import static dev.gatehouse.cli.TestDistribution.command;
import static dev.gatehouse.cli.TestDistribution.finish;
import static dev.gatehouse.cli.TestDistribution.run;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.cli.TestDistribution.Outcome;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What an author does: a new project, built, tested and packaged by Maven; a frontend on trial. */
@Timeout(600)
class FrontendProjectIT {
  private static final Path REGISTRY = Path.of("/usr/bin/docker-registry");

  @TempDir Path dir;
  private TestDistribution distribution;
  private Process registry;

  @BeforeEach
  void start() throws Exception {
    TestDistribution.assumeUsable();
    distribution =
        TestDistribution.start(
            dir, dir.resolve("root"), "--plugins", dir.resolve("plugins").toString());
  }

  @AfterEach
  void stop() throws Exception {
    stopRegistry();
    if (distribution != null) {
      distribution.close();
    }
  }

  private void stopRegistry() throws InterruptedException {
    if (registry != null) {
      registry.destroyForcibly().waitFor();
      registry = null;
    }
  }

  private int startRegistry() throws Exception {
    Assumptions.assumeTrue(Files.isExecutable(REGISTRY), REGISTRY + " is not installed");
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    Path config = dir.resolve("registry.yml");
    Files.writeString(
        config,
        """
        version: 0.1
        log: {level: error}
        storage: {filesystem: {rootdirectory: %s}}
        http: {addr: "127.0.0.1:%s"}
        """
            .formatted(dir.resolve("registry"), port));
    registry =
        new ProcessBuilder(REGISTRY.toString(), "serve", config.toString())
            .redirectErrorStream(true)
            .redirectOutput(dir.resolve("registry.log").toFile())
            .start();
    await(
        "the registry",
        () -> {
          try (Socket probe = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return probe.isConnected();
          } catch (IOException e) {
            return false;
          }
        });
    return port;
  }

  /**
   * Maven with an empty repository of its own, which only knows what the build of Gatehouse used.
   */
  private Outcome maven(Path project, String... arguments) throws Exception {
    String repository = System.getProperty("gatehouse.test.repository", "");
    Assumptions.assumeTrue(Files.isDirectory(Path.of(repository)), "not run by Maven");
    Path settings = dir.resolve("settings.xml");
    Files.writeString(
        settings,
        """
        <settings><mirrors><mirror>
          <id>used</id><mirrorOf>external:*</mirrorOf><url>file://%s</url>
        </mirror></mirrors></settings>
        """
            .formatted(repository));
    ProcessBuilder builder =
        new ProcessBuilder(
                System.getProperty("gatehouse.test.maven"),
                "-B",
                "-ntp",
                "-s",
                settings.toString(),
                "-Dmaven.repo.local=" + dir.resolve("m2"))
            .directory(project.toFile())
            .redirectErrorStream(true);
    builder.command().addAll(List.of(arguments));
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    Outcome outcome = finish(builder.start());
    Assumptions.assumeFalse(
        outcome.output().contains("Could not find artifact")
            && !outcome.output().contains("Could not find artifact dev.gatehouse"),
        () -> "the local repository lacks something: " + outcome.output());
    return outcome;
  }

  @Test
  void aNewProjectBecomesAPluginAndAnImage() throws Exception {
    int port = startRegistry();
    String image = "localhost:" + port + "/words:1";
    Path project = dir.resolve("words");
    Outcome created = run("frontend", "new", "words", "--dir", project.toString());
    assertThat(created.status()).as(created.output()).isZero();

    Outcome packaged = maven(project, "package", "-Ppush", "-Dimage=" + image);

    assertThat(packaged.status()).as(packaged.output()).isZero();
    assertThat(packaged.output()).contains("Tests run: 3, Failures: 0").contains("pushed " + image);

    Path example = project.resolve("example");
    Files.createDirectories(dir.resolve("plugins"));
    Files.copy(project.resolve("target/words-plugin.zip"), dir.resolve("plugins/words-plugin.zip"));
    assertThat(greeting(example, "words")).isEqualTo("hello from words\n");

    assertThat(greeting(example, "gateway.v0", "--opt", "source=" + image))
        .isEqualTo("hello from words\n");
    stopRegistry();
    Files.writeString(example.resolve("greeting"), "changed\n");
    assertThat(greeting(example, "gateway.v0", "--opt", "source=" + image)).isEqualTo("changed\n");
  }

  private String greeting(Path example, String frontend, String... more) throws Exception {
    Path out = dir.resolve("out");
    ProcessBuilder builder =
        command(
                "build",
                "--addr",
                distribution.address(),
                "--progress",
                "plain",
                "--frontend",
                frontend,
                "-f",
                example.resolve("Wordsfile").toString(),
                "--output",
                out.toString(),
                example.toString())
            .redirectErrorStream(true);
    builder.command().addAll(List.of(more));
    Outcome outcome = finish(builder.start());
    assertThat(outcome.status()).as(outcome.output()).isZero();
    return Files.readString(out.resolve("greeting"));
  }

  @Test
  void aFrontendOnTrialBuildsAgainWhenItOrItsInputChanges() throws Exception {
    Path jar = frontendJar("first");
    Path input = dir.resolve("Buildfile");
    Files.writeString(input, "one");
    Path out = dir.resolve("out/result");
    Process trial =
        command(
                "frontend",
                "run",
                "--watch",
                "--addr",
                distribution.address(),
                "--jar",
                jar.toString(),
                "--file",
                input.toString(),
                "--output",
                dir.resolve("out").toString(),
                distribution.context().toString())
            .redirectErrorStream(true)
            .redirectOutput(dir.resolve("trial.log").toFile())
            .start();
    try {
      await("the first build", () -> holds(out, "first one"));
      await("the end of it", () -> holds("trial.log", "watching for changes"));

      Files.writeString(input, "two");
      await("a build of the new file", () -> holds(out, "first two"));

      Files.writeString(input, "fail");
      await("a failed build", () -> holds("trial.log", "Buildfile says fail"));

      frontendJar("second");
      Files.writeString(input, "three");
      await("a build by the new frontend", () -> holds(out, "second three"));
    } finally {
      trial.destroy();
      assertThat(trial.waitFor(60, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void whatIsNoFrontendIsSaid() throws Exception {
    Path jar = dir.resolve("empty.jar");
    jar("--create", "--file", jar.toString(), "-C", distribution.context().toString(), "file");

    Outcome run = run("frontend", "run", "--addr", distribution.address(), "--jar", jar.toString());
    Outcome zip =
        run("frontend", "package", "--plugin", dir.resolve("p.zip").toString(), jar.toString());

    assertThat(run.output())
        .isEqualTo(
            "gatehouse: %s must name exactly one class in META-INF/services/dev.gatehouse.frontend.Frontend, it names 0\n"
                .formatted(jar));
    assertThat(zip.output())
        .startsWith("gatehouse: none of the jars holds a plugin.properties, which gives a plugin");
    assertThat(run("frontend", "run").output()).contains("--jar or --project is missing");
    assertThat(run("frontend", "new", "Words").output())
        .contains("\"Words\" cannot name a frontend: lower case letters, digits and hyphens can");
  }

  private boolean holds(String file, String text) {
    return holds(dir.resolve(file), text);
  }

  private static boolean holds(Path file, String text) {
    try {
      return Files.exists(file) && Files.readString(file).contains(text);
    } catch (IOException e) {
      return false; // it is being written
    }
  }

  /** A frontend that writes its word and the build file's content to {@code /result}. */
  private Path frontendJar(String word) throws IOException {
    Path source = dir.resolve("src/Trial.java");
    Files.createDirectories(source.resolveSibling(""));
    Files.writeString(
        source,
        """
        import dev.gatehouse.frontend.*;
        import dev.gatehouse.llb.*;
        import java.nio.charset.StandardCharsets;
        import java.util.List;

        public final class Trial implements Frontend {
          public Result build(GatewayClient gateway) throws FrontendException, InterruptedException {
            String name = gateway.options().option("filename").orElseThrow();
            State local =
                LocalSource.of("dockerfile")
                    .session(gateway.options().sessionId())
                    .followPaths(List.of(name))
                    .state();
            String text =
                new String(
                    gateway.solve(SolveRequest.of(local.marshal(MarshalOptions.defaults())))
                        .singleReference()
                        .readFile(name),
                    StandardCharsets.UTF_8);
            if (text.equals("fail")) {
              throw FrontendException.user(name + " says fail");
            }
            byte[] content = ("WORD " + text).getBytes(StandardCharsets.UTF_8);
            State result =
                State.scratch()
                    .file(
                        FileAction.mkfile("/result", 0644, content, FileOptions.NONE),
                        Constraints.builder().build());
            return gateway.solve(SolveRequest.of(result.marshal(MarshalOptions.defaults())));
          }
        }
        """
            .replace("WORD", word));
    Path classes = dir.resolve("classes");
    tool(
        "javac",
        "-d",
        classes.toString(),
        "-cp",
        System.getProperty("java.class.path"),
        source.toString());
    Path service = classes.resolve("META-INF/services/dev.gatehouse.frontend.Frontend");
    Files.createDirectories(service.resolveSibling(""));
    Files.writeString(service, "Trial\n");
    Path jar = dir.resolve("trial.jar");
    Path partial = dir.resolve("trial.jar.part");
    jar("--create", "--file", partial.toString(), "-C", classes.toString(), ".");
    return Files.move(partial, jar, StandardCopyOption.REPLACE_EXISTING);
  }

  private static void jar(String... arguments) {
    tool("jar", arguments);
  }

  private static void tool(String name, String... arguments) {
    assertThat(ToolProvider.findFirst(name).orElseThrow().run(System.out, System.err, arguments))
        .isZero();
  }
}
