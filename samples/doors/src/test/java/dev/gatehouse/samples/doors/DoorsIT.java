package dev.gatehouse.samples.doors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * One jar through all doors: the Dockerfile frontend and every sample as a plugin of Gatehouse, as
 * a frontend image in Gatehouse, and as the same image in Docker's engine. What comes out is the
 * same, and where the session plays no part the definitions are, to the bit.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(600)
class DoorsIT {
  private static final Path BUSYBOX = Path.of("/usr/bin/busybox");
  private static final Path REGISTRY = Path.of("/usr/bin/docker-registry");
  private static final List<String> FRONTENDS =
      List.of("dockerfile", "recipe", "seal", "fan-out", "blueprint");

  private Path dir = Path.of("");
  private final List<AutoCloseable> open = new ArrayList<>();
  private String registry = "";
  private Gatehouse gatehouse;
  private DockerEngine docker;

  static Stream<Sample> samples() {
    return Stream.of(
        new Sample(
            "dockerfile",
            "Dockerfile",
            """
            FROM BASE
            RUN echo made > /made
            COPY --chmod=640 src/file /file
            COPY <<EOF /here
            a document
            EOF
            ENV A=b
            LABEL c=d
            ENTRYPOINT ["cat", "/made"]
            """,
            Map.of("src/file", "content\n", ".dockerignore", "src/other\n", "src/other", "x"),
            "[2/4] RUN echo made > /made"),
        new Sample(
            "recipe",
            "Recipe",
            """
            base BASE
            do echo made > /made
            take src /srv
            start cat /made
            """,
            Map.of("src/file", "content\n"),
            "do echo made > /made"),
        new Sample(
            "blueprint",
            "blueprint.yaml",
            """
            include: [more/tools.yaml]
            outputs:
              image: {stage: app}
            stages:
              app:
                from: scratch
                env: {A: "1"}
                user: "7"
                steps:
                  - {copy: /made, to: /made, from: tools}
                  - {copy: src, to: /srv/}
                entrypoint: [cat, /made]
            """,
            Map.of(
                "src/file",
                "content\n",
                "more/tools.yaml",
                "stages:\n  tools:\n    from: BASE\n    steps: [{run: echo made > /made}]\n"),
            "[app] copy /made to /made"),
        // The Dockerfile frontend inside is an image too, so it is the same everywhere.
        new Sample(
            "seal",
            "Seal",
            """
            build REGISTRY/dockerfile:1 Dockerfile
            give revision 7f3a
            remove /made
            label sealed yes
            user 7
            """,
            Map.of(
                "Dockerfile",
                "FROM BASE\nRUN echo made > /made\nCOPY revision /revision\nCMD [\"true\"]\n"),
            "[2/3] RUN echo made > /made"),
        new Sample(
            "fan-out",
            "Plan",
            """
            base BASE
            list ls -d parts/*
            each mkdir -p /out/made && cp /src/name /out/made/$(cat /src/name)
            """,
            Map.of("parts/a/name", "A", "parts/b/name", "B"),
            "base BASE"));
  }

  @BeforeAll
  void start(@TempDir Path temporary) throws Exception {
    dir = temporary;
    Assumptions.assumeTrue("root".equals(System.getProperty("user.name")), "containers need root");
    for (Path program : List.of(BUSYBOX, REGISTRY, DockerEngine.ENGINE, DockerEngine.CLIENT)) {
      Assumptions.assumeTrue(Files.isExecutable(program), "there is no " + program);
    }
    for (String frontend : FRONTENDS) {
      Assumptions.assumeTrue(
          Files.exists(Sample.plugin(frontend)), "the frontend " + frontend + " is not packaged");
    }
    Assumptions.assumeTrue(Files.isDirectory(Gatehouse.HOME), "there is no distribution");
    registry = startRegistry();
    Path plugins = Files.createDirectory(dir.resolve("plugins"));
    for (String frontend : FRONTENDS) {
      Files.copy(Sample.plugin(frontend), plugins.resolve(frontend + ".zip"));
    }
    gatehouse = keep(new Gatehouse(Files.createDirectory(dir.resolve("gatehouse")), plugins));
    docker = keep(new DockerEngine(Files.createDirectory(dir.resolve("docker"))));
    pushBase();
    packageAll();
  }

  private <C extends AutoCloseable> C keep(C closeable) {
    open.add(closeable);
    return closeable;
  }

  @AfterAll
  void stop() {
    for (AutoCloseable closeable : open.reversed()) {
      assertThatCode(closeable::close).doesNotThrowAnyException();
    }
  }

  private String startRegistry() throws Exception {
    String address = "127.0.0.1:" + Command.freePort();
    Path config = dir.resolve("registry.yml");
    Files.writeString(
        config,
        "version: 0.1\nstorage: {filesystem: {rootdirectory: %s}}\nhttp: {addr: \"%s\"}\n"
            .formatted(dir.resolve("registry"), address));
    HttpClient client = HttpClient.newHttpClient();
    HttpRequest ping = HttpRequest.newBuilder(URI.create("http://" + address + "/v2/")).build();
    keep(
        Command.Server.start(
            List.of(REGISTRY.toString(), "serve", config.toString()),
            dir.resolve("registry.log"),
            () -> {
              try {
                return client.send(ping, HttpResponse.BodyHandlers.discarding()).statusCode()
                    == 200;
              } catch (java.net.ConnectException e) {
                return false;
              }
            }));
    return address;
  }

  /** An image with a shell, made of this machine's. */
  private void pushBase() throws Exception {
    Path folder = Files.createDirectory(dir.resolve("base"));
    Files.copy(BUSYBOX, folder.resolve("busybox"));
    Files.writeString(
        folder.resolve("Dockerfile"),
        """
        FROM scratch
        COPY busybox /bin/busybox
        RUN ["/bin/busybox", "sh", "-c", \
             "for p in cat cp ls mkdir sh; do /bin/busybox ln -s busybox /bin/$p; done"]
        ENV PATH=/bin
        """);
    gatehouse
        .run(
            folder,
            "Dockerfile",
            List.of("--output", "type=image,push=true,name=" + registry + "/base:1"))
        .succeeds();
  }

  /** Makes the images: one as authors do, the others in the way that is sooner done. */
  private void packageAll() throws Exception {
    List<Callable<Command.Outcome>> tasks = new ArrayList<>();
    for (String frontend : FRONTENDS) {
      List<String> line =
          new ArrayList<>(
              List.of(
                  "frontend",
                  "package",
                  Sample.plugin(frontend).toAbsolutePath().normalize().toString(),
                  "--tag",
                  registry + "/" + frontend + ":1",
                  "--push",
                  "--insecure"));
      if (!frontend.equals("recipe")) {
        line.add("--no-class-archive");
      }
      tasks.add(() -> Command.run(Gatehouse.command(line)));
    }
    try (ExecutorService two = Executors.newFixedThreadPool(2)) {
      for (Future<Command.Outcome> task : two.invokeAll(tasks)) {
        task.get().succeeds();
      }
    }
  }

  private Path write(Sample sample, String syntax) throws Exception {
    return sample.write(Files.createTempDirectory(dir, sample.name()), syntax, registry);
  }

  @ParameterizedTest
  @MethodSource("samples")
  void oneJarGivesTheSameThroughEveryDoor(Sample sample) throws Exception {
    String image = registry + "/" + sample.name() + ":1";
    Path folder = write(sample, "plugin:" + sample.name());
    Door.Built plugin = gatehouse.build(folder, sample.file());
    sample.write(folder, image, registry);
    Door.Built inGatehouse = gatehouse.build(folder, sample.file());
    Door.Built inDocker = docker.build(folder, sample.file());

    assertThat(inGatehouse.files()).isEqualTo(plugin.files());
    assertThat(inDocker.files()).isEqualTo(plugin.files());
    assertThat(inGatehouse.config()).isEqualTo(plugin.config());
    assertThat(inDocker.config()).isEqualTo(plugin.config());

    String step = sample.step().replace("BASE", registry + "/base:1");
    assertThat(plugin.steps()).containsKey(step);
    assertThat(inGatehouse.steps()).containsEntry(step, plugin.steps().get(step));
    assertThat(inDocker.steps()).containsEntry(step, plugin.steps().get(step));
  }

  @Test
  void everyPlatformOfANestedResultIsSealed() throws Exception {
    Sample two =
        new Sample(
            "seal",
            "Seal",
            "build dockerfile.v0 Dockerfile\nremove /b\nlabel sealed yes\n",
            Map.of(
                "Dockerfile",
                "FROM scratch\nCOPY a b /\nARG TARGETARCH\nLABEL arch=$TARGETARCH\n",
                "a",
                "a",
                "b",
                "b"),
            "");
    Path out = Files.createTempDirectory(dir, "platforms");
    for (String syntax : List.of("plugin:seal", registry + "/seal:1")) {
      Path folder = write(two, syntax);
      String archive = syntax.startsWith("plugin:") ? "plugin.tar" : "image.tar";
      gatehouse
          .run(
              folder,
              two.file(),
              List.of(
                  "--platform",
                  "linux/amd64,linux/arm64",
                  "--output",
                  "type=oci,dest=" + out.resolve(archive),
                  "--output",
                  "type=local,dest=" + out.resolve(archive + ".files")))
          .succeeds();
      for (String architecture : List.of("amd64", "arm64")) {
        int index = architecture.equals("amd64") ? 0 : 1;
        Map<?, ?> config = Gatehouse.config(out.resolve(architecture), out.resolve(archive), index);
        assertThat(config.get("architecture")).isEqualTo(architecture);
        assertThat(Door.running((Map<?, ?>) config.get("config")).get("Labels"))
            .isEqualTo(Map.of("arch", architecture, "sealed", "yes"));
        assertThat(FileTree.read(out.resolve(archive + ".files").resolve("linux_" + architecture)))
            .containsOnlyKeys("a");
      }
    }
  }

  @Test
  void aMistakeIsShownThroughEveryDoor() throws Exception {
    Sample mistaken =
        new Sample(
            "blueprint",
            "blueprint.yaml",
            "outputs:\n  image: {stage: app}\nstages:\n  app:\n    from: scratch\n    stpes: []\n",
            Map.of(),
            "");
    String said = "blueprint.yaml:7:5: unknown name stpes (did you mean steps?)";
    String hint = "hint: a stage has from (an image, scratch or another stage)";
    String image = registry + "/blueprint:1";
    assertThat(
            gatehouse.run(write(mistaken, "plugin:blueprint"), mistaken.file(), List.of()).fails())
        .extracting(Command.Outcome::output, STRING)
        .contains(said, hint, "   7 | >>>     stpes: []");
    assertThat(gatehouse.run(write(mistaken, image), mistaken.file(), List.of()).fails())
        .extracting(Command.Outcome::output, STRING)
        .contains(said, hint, "   7 | >>>     stpes: []");
    // That client shows no marks of an image's failure; line and column are in the sentence.
    assertThat(docker.run(write(mistaken, image), mistaken.file(), List.of()).fails())
        .extracting(Command.Outcome::output, STRING)
        .contains(said, hint);
  }

  @Test
  void whatAnOldEngineCannotDoItSays() throws Exception {
    Sample excluding =
        new Sample(
            "dockerfile",
            "Dockerfile",
            "FROM scratch\nCOPY --exclude=b . /\n",
            Map.of("a", "a", "b", "b"),
            "");
    Path folder = write(excluding, registry + "/dockerfile:1");
    assertThat(gatehouse.build(folder, excluding.file()).files())
        .containsOnlyKeys("Dockerfile", "a");
    assertThat(docker.run(folder, excluding.file(), List.of()).fails())
        .extracting(Command.Outcome::output, STRING)
        .contains(
            "requested feature file.copy.includeexcludepatterns is not supported by the build"
                + " server, please update it");
  }
}
