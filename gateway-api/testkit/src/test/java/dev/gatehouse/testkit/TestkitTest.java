package dev.gatehouse.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.frontend.Container;
import dev.gatehouse.frontend.ContainerMount;
import dev.gatehouse.frontend.ContainerRequest;
import dev.gatehouse.frontend.Frontend;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.ProcessRequest;
import dev.gatehouse.frontend.ResolvedImage;
import dev.gatehouse.frontend.Result;
import dev.gatehouse.frontend.SolveRequest;
import dev.gatehouse.frontend.server.GatewayClients;
import dev.gatehouse.frontend.server.GatewayService;
import dev.gatehouse.frontend.transport.RpcChannel;
import dev.gatehouse.frontend.transport.RpcChannels;
import dev.gatehouse.frontend.transport.RpcException;
import dev.gatehouse.frontend.transport.RpcServer;
import dev.gatehouse.frontend.transport.RpcService;
import dev.gatehouse.frontend.transport.RpcStream;
import dev.gatehouse.frontend.transport.StreamSocket;
import dev.gatehouse.llb.Definition;
import dev.gatehouse.llb.ImageSource;
import dev.gatehouse.llb.LlbGraph;
import dev.gatehouse.llb.LocalSource;
import dev.gatehouse.llb.MarshalOptions;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.channels.Channels;
import java.nio.channels.Pipe;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(FrontendExtension.class)
class TestkitTest {
  @TempDir Path temp;

  @TestFactory
  Stream<DynamicTest> fixtures() {
    return FixtureTests.of(new WordsFrontend(), Path.of("src/test/resources/fixtures"));
  }

  @Test
  void assertionsHoldAndFail(Workspace workspace) throws Exception {
    workspace.file("Wordfile", "hello\nworld\n");
    Conversion c = workspace.convert(new WordsFrontend());
    c.succeeds().warns("many").hasOperation(LlbGraph.Kind.EXEC, "echo world");
    assertThat(c.result().metadataText("words")).hasValue("2");
    assertThatThrownBy(() -> c.hasOperation(LlbGraph.Kind.EXEC, "echo mars"))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("exec echo world");
    assertThatThrownBy(c::hasNoWarnings).isInstanceOf(AssertionError.class);
    assertThatThrownBy(() -> c.failsWith("x")).isInstanceOf(AssertionError.class);
    assertThatThrownBy(() -> c.matchesGolden(temp.resolve("none")))
        .hasMessageContaining("no golden file");
    Path golden = temp.resolve("golden");
    Files.writeString(golden, c.text().replace("world", "mars"));
    assertThatThrownBy(() -> c.matchesGolden(golden)).hasMessageContaining("differs at line");
    assertThat(workspace.convertDeterministically(new WordsFrontend())).hasSize(2);
  }

  @Test
  void failuresPointAtTheirLine(Workspace workspace) throws Exception {
    workspace.file("Wordfile", "hello\nhelo\n");
    workspace.convert(new WordsFrontend()).failsWith("unknown word helo").failsAtLine(2);
    assertThatThrownBy(() -> workspace.convert(new WordsFrontend()).failsAtLine(1))
        .isInstanceOf(AssertionError.class);
  }

  @Test
  void whatIsNotDeterministicIsFound(Workspace workspace) {
    int[] runs = {0};
    Frontend random =
        gateway ->
            gateway.solve(
                SolveRequest.of(
                    ImageSource.of("i" + runs[0]++).state().marshal(MarshalOptions.defaults())));
    assertThatThrownBy(() -> workspace.convertDeterministically(random))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("differs");
  }

  @Test
  void filesAreReadInsideTheFolderOnly(Workspace workspace) throws Exception {
    workspace.file("a/b", "content");
    Files.createSymbolicLink(workspace.folder().resolve("absolute"), Path.of("/a/b"));
    Files.createSymbolicLink(
        workspace.folder().resolve("up"), Path.of("../../../../../../../etc/passwd"));
    Conversion c =
        workspace.convert(gateway -> {
          var r =
              gateway
                  .solve(
                      SolveRequest.of(
                          LocalSource.of("any").state().marshal(MarshalOptions.defaults())))
                  .singleReference();
          assertThat(r.readFile("absolute")).asString(StandardCharsets.UTF_8).isEqualTo("content");
          assertThat(r.readFile("/a/../a/b", 3, 2))
              .asString(StandardCharsets.UTF_8)
              .isEqualTo("te");
          assertThatThrownBy(() -> r.readFile("up"))
              .hasMessage("open up: no such file or directory");
          assertThat(r.readDir("a", Optional.empty()).get(0).path()).isEqualTo("b");
          assertThat(r.statFile("absolute").size()).isEqualTo(7);
          return Result.of(r);
        });
    c.succeeds();
  }

  @Test
  void imagesComeFromTheFunction(Workspace workspace) throws Exception {
    workspace.file("Wordfile", "hello\n").option("pin", "yes");
    workspace.convert(new WordsFrontend()).failsWith("docker.io/library/alpine: not found");
    workspace
        .images(
            (reference, o) -> Optional.of(new ResolvedImage(reference, "sha256:1", new byte[0])))
        .convert(new WordsFrontend())
        .succeeds();
  }

  @Test
  void whatNeedsASolverSaysSo(Workspace workspace) throws Exception {
    workspace
        .convert(gateway -> {
          gateway
              .solve(
                  SolveRequest.of(ImageSource.of("x").state().marshal(MarshalOptions.defaults())))
              .singleReference()
              .readFile("f");
          return Result.empty();
        })
        .failsWith(
            "the in-memory gateway cannot read the result of source"
                + " docker-image://docker.io/library/x:latest");
  }

  /** A channel to a service in this process, for what would be a daemon. */
  private static RpcChannel direct(RpcService service) {
    return new RpcChannel() {
      @Override
      public byte[] call(String method, byte[] request, Map<String, List<String>> metadata)
          throws RpcException, InterruptedException {
        return service.call(method.substring(method.lastIndexOf('/') + 1), request, metadata);
      }

      @Override
      public RpcStream open(String method, Map<String, List<String>> metadata) {
        throw new UnsupportedOperationException(method);
      }

      @Override
      public void close() {}
    };
  }

  @Test
  void processesAreAFunctionOfTheTest() throws Exception {
    Frontend frontend =
        gateway -> {
          ByteArrayOutputStream out = new ByteArrayOutputStream();
          try (Container container =
              gateway.newContainer(ContainerRequest.of(new ContainerMount.Tmpfs("/", 1 << 20)))) {
            int code =
                container.start(ProcessRequest.builder("list").stdout(out).build()).waitFor();
            return Result.builder()
                .metadata("said", code + " " + out.toString(StandardCharsets.UTF_8))
                .build();
          }
        };
    Conversion.of(frontend, InMemoryGateway.builder().build())
        .failsWith(
            "requested feature gateway.exec is not supported by the build server, please update it");
    InMemoryGateway gateway =
        InMemoryGateway.builder()
            .processes((container, process) -> {
              process.stdout().orElseThrow().write("a b".getBytes(StandardCharsets.UTF_8));
              return 3;
            })
            .build();
    assertThat(gateway.build(frontend).metadataText("said")).hasValue("3 a b");
  }

  @Test
  void aNestedFrontendHasTheInputsOfItsCaller() throws Exception {
    Definition input = ImageSource.of("alpine").state().marshal(MarshalOptions.defaults());
    InMemoryGateway gateway =
        InMemoryGateway.builder()
            .input("outer", input)
            .frontend(
                "inner",
                g ->
                    Result.builder()
                        .metadata("inputs", String.join(",", g.inputs().keySet()))
                        .build())
            .build();
    Result result =
        gateway.build(g ->
            g.solve(
                SolveRequest.builder().frontend("inner").frontendInput("context", input).build()));
    assertThat(result.metadataText("inputs")).hasValue("context");
    assertThat(gateway.solves()).hasSize(1);
  }

  @Test
  void aRecordingIsPlayedBackWithoutAServer(Workspace workspace) throws Exception {
    workspace.file("Wordfile", "hello\nworld\n");
    Recording recording = new Recording().facts(Map.of(), "session");
    try (GatewayService service = new GatewayService(workspace.gateway())) {
      GatewayClients.run(
          new WordsFrontend(),
          recording.around(direct(service.rpc())),
          Map.of(),
          new GatewayClients.Facts(Map.of(), "session", "", List.of()));
    }
    Path file = temp.resolve("session.jsonl");
    recording.save(file);
    workspace.file("Wordfile", "nonsense\n");
    Recording loaded = Recording.load(file);
    assertThat(loaded.size()).isEqualTo(recording.size());
    loaded.replay(new WordsFrontend());
    assertThatThrownBy(
            () -> loaded.replay(gateway -> Result.builder().metadata("other", "x").build()))
        .isInstanceOf(FrontendException.class)
        .hasMessage("the frontend returned something else than in the recording");
    assertThatThrownBy(() ->
            loaded.replay(gateway ->
                gateway.solve(
                    SolveRequest.of(
                        LocalSource.of("other").state().marshal(MarshalOptions.defaults())))))
        .hasMessageContaining("the recording has no call of Solve like this one");
    Files.writeString(file, "{}");
    assertThatThrownBy(() -> Recording.load(file)).hasMessageContaining("is no recording");
  }

  /** Has a process translate, and tells what it said. */
  private static Frontend translation(String program, String input) {
    return gateway -> {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      try (Container container =
          gateway.newContainer(ContainerRequest.of(new ContainerMount.Tmpfs("/", 1 << 20)))) {
        int code =
            container
                .start(
                    ProcessRequest.builder(program)
                        .stdin(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)))
                        .stdout(out)
                        .build())
                .waitFor();
        return Result.builder()
            .metadata("said", code + " " + out.toString(StandardCharsets.UTF_8))
            .build();
      }
    };
  }

  @Test
  void aRecordingHoldsProcesses() throws Exception {
    InMemoryGateway gateway =
        InMemoryGateway.builder()
            .processes((container, process) -> {
              String input =
                  new String(process.stdin().orElseThrow().readAllBytes(), StandardCharsets.UTF_8);
              process
                  .stdout()
                  .orElseThrow()
                  .write(input.toUpperCase(Locale.ROOT).getBytes(StandardCharsets.UTF_8));
              return 4;
            })
            .build();
    Recording recording = new Recording().facts(Map.of(), "session");
    Pipe up = Pipe.open();
    Pipe down = Pipe.open();
    StreamSocket near =
        new StreamSocket(
            Channels.newInputStream(down.source()), Channels.newOutputStream(up.sink()));
    StreamSocket far =
        new StreamSocket(
            Channels.newInputStream(up.source()), Channels.newOutputStream(down.sink()));
    try (GatewayService service = new GatewayService(gateway);
        RpcServer server = RpcServer.start(far, List.of(service.rpc()));
        RpcChannel channel = recording.around(RpcChannels.over(near))) {
      GatewayClients.run(
          translation("upper", "hello"),
          channel,
          Map.of(),
          new GatewayClients.Facts(Map.of(), "session", "", List.of()));
      assertThat(service.result().metadataText("said")).hasValue("4 HELLO");
    }
    Path file = temp.resolve("session.jsonl");
    recording.save(file);

    Recording loaded = Recording.load(file);
    assertThat(loaded.size()).isEqualTo(recording.size());
    loaded.replay(translation("upper", "hello"));
    assertThatThrownBy(() -> loaded.replay(translation("lower", "hello")))
        .hasMessage(
            "the recording has no process lower like this one; record again if the frontend has"
                + " changed");
    assertThatThrownBy(() -> loaded.replay(translation("upper", "help")))
        .hasMessageContaining("other standard input than in the recording");
  }

  @Nested
  class BeforeATest {
    private Workspace before;

    @BeforeEach
    void fill(Workspace workspace) {
      before = workspace;
    }

    @Test
    void theWorkspaceIsTheTestsOwn(Workspace workspace) {
      assertThat(workspace).isSameAs(before);
    }
  }
}
