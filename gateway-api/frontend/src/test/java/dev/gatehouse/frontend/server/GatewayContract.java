package dev.gatehouse.frontend.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.gatehouse.frontend.Attestation;
import dev.gatehouse.frontend.CacheImport;
import dev.gatehouse.frontend.CapabilitySet;
import dev.gatehouse.frontend.Container;
import dev.gatehouse.frontend.ContainerMount;
import dev.gatehouse.frontend.ContainerProcess;
import dev.gatehouse.frontend.ContainerRequest;
import dev.gatehouse.frontend.ErrorDetail;
import dev.gatehouse.frontend.FileStat;
import dev.gatehouse.frontend.Frontend;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.GatewayCapabilities;
import dev.gatehouse.frontend.GatewayClient;
import dev.gatehouse.frontend.ImageResolveOptions;
import dev.gatehouse.frontend.ProcessRequest;
import dev.gatehouse.frontend.Reference;
import dev.gatehouse.frontend.ResolvedImage;
import dev.gatehouse.frontend.Result;
import dev.gatehouse.frontend.SolveRequest;
import dev.gatehouse.frontend.SourceMetadata;
import dev.gatehouse.frontend.SourcePolicy;
import dev.gatehouse.frontend.SourceRequest;
import dev.gatehouse.frontend.StatusCode;
import dev.gatehouse.frontend.Warning;
import dev.gatehouse.llb.Constraints;
import dev.gatehouse.llb.CopyOptions;
import dev.gatehouse.llb.Definition;
import dev.gatehouse.llb.FileAction;
import dev.gatehouse.llb.FileOptions;
import dev.gatehouse.llb.ImageSource;
import dev.gatehouse.llb.MarshalOptions;
import dev.gatehouse.llb.SourceMap;
import dev.gatehouse.llb.SourceRange;
import dev.gatehouse.llb.State;
import dev.gatehouse.llb.oci.Platform;
import dev.gatehouse.protocol.pb.Op;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What every transport of the gateway must do. */
@Timeout(30)
abstract class GatewayContract {
  final FakeBackend backend = new FakeBackend();
  GatewayService service;

  /** Runs the frontend against the service over the transport. */
  abstract void run(Frontend frontend, GatewayService service, GatewayClients.Facts facts)
      throws Exception;

  @BeforeEach
  void open() {
    service = new GatewayService(backend);
  }

  @AfterEach
  void close() {
    service.close();
  }

  Result build(Frontend frontend) throws Exception {
    return build(frontend, Map.of("filename", "F", "cache-imports", "[]"));
  }

  Result build(Frontend frontend, Map<String, String> options) throws Exception {
    run(frontend, service, new GatewayClients.Facts(options, "sess", "prod", List.of()));
    return service.result();
  }

  static Definition image(String name) {
    return ImageSource.of(name).state().marshal(MarshalOptions.defaults());
  }

  /** JSON does not keep the order of fields, so operations in errors are compared by content. */
  private static Op parse(byte[] op) {
    try {
      return Op.parseFrom(op);
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void optionsWorkersAndCapabilities() throws Exception {
    build(gateway -> {
      assertThat(gateway.options().options()).containsEntry("filename", "F");
      assertThat(gateway.options().sessionId()).isEqualTo("sess");
      assertThat(gateway.options().product()).isEqualTo("prod");
      assertThat(gateway.options().workers()).isEqualTo(backend.workers());
      assertThat(gateway.options().gatewayCapabilities()).isEqualTo(GatewayCapabilities.all());
      assertThat(gateway.options().llbCapabilities()).isEqualTo(backend.llbCapabilities());
      return Result.empty();
    });
    assertThat(service.result().reference()).isEmpty();
  }

  @Test
  void solveCarriesEverything() throws Exception {
    Definition definition = image("docker.io/library/alpine:latest");
    SourcePolicy policy =
        new SourcePolicy(
            1,
            List.of(
                new SourcePolicy.Rule(
                    SourcePolicy.Action.CONVERT,
                    new SourcePolicy.Selector(
                        "docker-image://a",
                        SourcePolicy.Match.REGEX,
                        List.of(
                            new SourcePolicy.Constraint(
                                "k", "v", SourcePolicy.Condition.NOT_EQUAL))),
                    new SourcePolicy.Update("docker-image://b", Map.of("x", "y")))));
    Result result =
        build(gateway -> {
          Result r =
              gateway.solve(
                  SolveRequest.builder()
                      .definition(definition)
                      .frontend("nested")
                      .frontendOption("a", "b")
                      .frontendInput("in", definition)
                      .cacheImport(new CacheImport("registry", Map.of("ref", "r")))
                      .evaluate(true)
                      .sourcePolicies(List.of(policy))
                      .build());
          assertThat(r.singleReference().definition().toBytes()).isEqualTo(definition.toBytes());
          assertThat(r.singleReference().toState().isScratch()).isFalse();
          return r;
        });
    SolveRequest seen = backend.solves.get(0);
    assertThat(seen.definition().orElseThrow().toBytes()).isEqualTo(definition.toBytes());
    assertThat(seen.frontend()).isEqualTo("nested");
    assertThat(seen.frontendOptions()).isEqualTo(Map.of("a", "b", "cache-imports", "[]"));
    assertThat(seen.frontendInputs().get("in").toBytes()).isEqualTo(definition.toBytes());
    assertThat(seen.cacheImports())
        .containsExactly(new CacheImport("registry", Map.of("ref", "r")));
    assertThat(seen.evaluate()).isTrue();
    assertThat(seen.sourcePolicies()).containsExactly(policy);
    assertThat(result.reference().orElseThrow()).isInstanceOf(FakeBackend.FakeReference.class);
  }

  @Test
  void filesOfAReference() throws Exception {
    backend.files.put("a", "hello".getBytes(StandardCharsets.UTF_8));
    build(gateway -> {
      Reference r = gateway.solve(SolveRequest.of(image("x"))).singleReference();
      assertThat(r.readFile("a")).asString().isEqualTo("hello");
      assertThat(r.readFile("a", 1, 3)).asString().isEqualTo("ell");
      assertThat(r.readDir(".", Optional.empty())).extracting(FileStat::path).containsExactly("a");
      assertThat(r.readDir(".", Optional.of("zzz"))).isEmpty();
      FileStat stat = r.statFile("p");
      assertThat(stat.isSymbolicLink()).isTrue();
      assertThat(stat.linkName()).isEqualTo("target");
      assertThat(stat.modificationTime()).isEqualTo(-4);
      assertThat(stat.xattrs().get("user.a")).containsExactly(7);
      r.evaluate();
      assertThatThrownBy(() -> r.readFile("b"))
          .isInstanceOf(FrontendException.class)
          .hasMessage("open b: no such file or directory");
      return Result.empty();
    });
    assertThat(backend.evaluations).isEqualTo(1);
  }

  @Test
  void aFileLargerThanAMessageIsRefusedWithAdvice() throws Exception {
    backend.files.put("big", new byte[(16 << 20) + 1]);
    build(gateway -> {
      Reference r = gateway.solve(SolveRequest.of(image("x"))).singleReference();
      FrontendException e = catchThrowableOfType(FrontendException.class, () -> r.readFile("big"));
      assertThat(e).hasMessage("big is larger than the 16 MiB that one message may hold");
      assertThat(e.status()).isEqualTo(StatusCode.RESOURCE_EXHAUSTED);
      assertThat(e.hint()).hasValue("read it in parts, with an offset and a length");
      assertThat(r.readFile("big", 0, 15 << 20)).hasSize(15 << 20);
      return Result.empty();
    });
  }

  @Test
  void aResultLargerThanAMessageEndsTheBuildWithAdvice() {
    FrontendException e =
        catchThrowableOfType(
            FrontendException.class,
            () -> build(g -> Result.builder().metadata("x", new byte[16 << 20]).build()));
    assertThat(e)
        .hasMessageMatching(
            "a result of 167772\\d\\d bytes is larger than the 16 MiB that one message may hold");
    assertThat(e.hint()).hasValue("the frontend's author must let it put less into its metadata");
    assertThat(service.returned()).isTrue();
  }

  @Test
  void resultsWithMapsMetadataAndAttestations() throws Exception {
    Result result =
        build(gateway -> {
          Reference a = gateway.solve(SolveRequest.of(image("a"))).singleReference();
          return Result.builder()
              .reference("linux/amd64", a)
              .reference("linux/arm64", Optional.empty())
              .metadata("k", "v")
              .attestation(
                  "linux/amd64",
                  new Attestation(
                      Attestation.Kind.BUNDLE,
                      Map.of("m", new byte[] {1}),
                      a,
                      "/sbom",
                      "https://spdx.dev/Document",
                      List.of(new Attestation.Subject(false, List.of("sha256:1"), "n"))))
              .build();
        });
    assertThat(result.references().keySet()).containsExactly("linux/amd64", "linux/arm64");
    assertThat(result.references().get("linux/amd64")).isPresent();
    assertThat(result.references().get("linux/arm64")).isEmpty();
    assertThat(result.metadataText("k")).hasValue("v");
    Attestation attestation = result.attestations().get("linux/amd64").get(0);
    assertThat(attestation.reference()).isEqualTo(result.references().get("linux/amd64"));
    assertThat(attestation.kind()).isEqualTo(Attestation.Kind.BUNDLE);
    assertThat(attestation.subjects())
        .containsExactly(new Attestation.Subject(false, List.of("sha256:1"), "n"));
  }

  @Test
  void solvedMapsAndAttestationsComeBack() throws Exception {
    backend.solver =
        request -> {
          Reference a = backend.new FakeReference(image("a"));
          return Result.builder()
              .reference("k1", a)
              .reference("k2", Optional.empty())
              .metadata("m", "v")
              .attestation(
                  "k1", new Attestation(Attestation.Kind.IN_TOTO, Map.of(), a, "p", "t", List.of()))
              .build();
        };
    Result result = build(gateway -> gateway.solve(SolveRequest.builder().frontend("n").build()));
    assertThat(result.references().keySet()).containsExactly("k1", "k2");
    assertThat(result.metadataText("m")).hasValue("v");
    assertThat(result.attestations().get("k1").get(0).reference()).isPresent();
  }

  @Test
  void imagesAndSources() throws Exception {
    build(gateway -> {
      ResolvedImage image =
          gateway.resolveImageConfig(
              "docker.io/library/alpine",
              ImageResolveOptions.of(new Platform("linux", "arm", "v7", "", List.of()))
                  .withResolveMode("pull")
                  .withLogName("log"));
      assertThat(image.reference()).isEqualTo("docker.io/library/alpine:pinned");
      assertThat(new String(image.config(), StandardCharsets.UTF_8))
          .isEqualTo("{\"os\":\"linux\"}");
      SourceMetadata git =
          gateway.resolveSourceMetadata(
              new SourceRequest(
                  "git://h/r", Map.of("a", "b"), null, "", "", null, true, null, List.of()));
      assertThat(git.git().orElseThrow().checksum()).isEqualTo("c0ffee");
      assertThat(git.git().orElseThrow().commitObject()).asString().isEqualTo("commit");
      SourceMetadata http =
          gateway.resolveSourceMetadata(
              new SourceRequest(
                  "https://x/y",
                  Map.of(),
                  null,
                  "",
                  "",
                  null,
                  false,
                  new SourceRequest.Checksum(SourceRequest.Algorithm.SHA512, new byte[] {9}),
                  List.of()));
      assertThat(http.http().orElseThrow().lastModified().orElseThrow().getEpochSecond())
          .isEqualTo(77);
      assertThat(http.http().orElseThrow().checksumAnswer().orElseThrow().suffix())
          .containsExactly(9);
      SourceMetadata chain =
          gateway.resolveSourceMetadata(
              new SourceRequest(
                  "docker-image://alpine",
                  Map.of(),
                  null,
                  "",
                  "",
                  new SourceRequest.Image(true, false, List.of("sbom")),
                  false,
                  null,
                  List.of()));
      SourceMetadata.AttestationChain attestations =
          chain.image().orElseThrow().attestationChain().orElseThrow();
      assertThat(attestations.signatureManifests()).containsExactly("s");
      assertThat(attestations.blobs().get("d").annotations()).containsEntry("k", "v");
      return Result.empty();
    });
    SourceRequest first = backend.sources.get(0);
    assertThat(first.identifier()).isEqualTo("docker-image://docker.io/library/alpine");
    assertThat(first.resolveMode()).isEqualTo("pull");
    assertThat(first.platform().orElseThrow().format()).isEqualTo("linux/arm/v7");
    assertThat(backend.sources.get(1).gitObjects()).isTrue();
    assertThat(backend.sources.get(3).image().orElseThrow().attestationChain()).isTrue();
  }

  @Test
  void inputsAndWarnings() throws Exception {
    backend.inputs.put("base", image("in"));
    Warning warning =
        new Warning(
            "sha256:" + "0".repeat(64),
            2,
            "short",
            List.of("d1", "d2"),
            "https://u",
            new SourceMap("F", "Dockerfile", "FROM x".getBytes(StandardCharsets.UTF_8), null),
            List.of(new SourceRange(1, 2, 3, 4)));
    build(gateway -> {
      assertThat(gateway.inputs().get("base").toBytes()).isEqualTo(image("in").toBytes());
      gateway.warn(warning);
      return Result.empty();
    });
    assertThat(backend.warnings).containsExactly(warning);
  }

  @Test
  void errorsOfAFrontendKeepTheirFacts() throws Exception {
    SourceMap file =
        new SourceMap("Buildfile", "txt", "one\ntwo".getBytes(StandardCharsets.UTF_8), null);
    FrontendException thrown =
        FrontendException.builder(FrontendException.Category.USER, "unknown word \"two\"")
            .code("words.unknown")
            .hint("did you mean one?")
            .source(file, List.of(SourceRange.lines(2, 2)))
            .vertex("sha256:" + "3".repeat(64))
            .detail(
                new ErrorDetail.Unknown(
                    "example.com/Other+json", "{}".getBytes(StandardCharsets.UTF_8)))
            .build();
    FrontendException seen =
        catchThrowableOfType(
            FrontendException.class,
            () ->
                build(gateway -> {
                  throw thrown;
                }));
    FrontendException atServer = catchThrowableOfType(FrontendException.class, service::result);
    for (FrontendException e : List.of(seen, atServer)) {
      assertThat(e).hasMessage("unknown word \"two\"");
      assertThat(e.code()).isEqualTo("words.unknown");
      assertThat(e.hint()).hasValue("did you mean one?");
      assertThat(e.category()).isEqualTo(FrontendException.Category.USER);
      assertThat(e.sources().get(0).source()).isEqualTo(file);
      assertThat(e.sources().get(0).ranges()).containsExactly(SourceRange.lines(2, 2));
      assertThat(e.vertexDigest()).hasValue("sha256:" + "3".repeat(64));
      assertThat(e.detail(ErrorDetail.Unknown.class).orElseThrow().typeUrl())
          .isEqualTo("example.com/Other+json");
    }
  }

  @Test
  void errorsOfASolveReachTheFrontend() throws Exception {
    backend.solver =
        request -> {
          throw FrontendException.builder(FrontendException.Category.USER, "process failed")
              .detail(
                  new ErrorDetail.Solve(
                      List.of("in"),
                      List.of("failed-mount", ""),
                      image("x").ops().get(0),
                      ErrorDetail.SolveSubject.FILE_ACTION,
                      3,
                      Map.of("llb.customname", "n")))
              .detail(new ErrorDetail.Exit(7))
              .build();
        };
    build(gateway -> {
      FrontendException e =
          catchThrowableOfType(
              FrontendException.class, () -> gateway.solve(SolveRequest.of(image("x"))));
      assertThat(e).hasMessage("process failed");
      ErrorDetail.Solve solve = e.detail(ErrorDetail.Solve.class).orElseThrow();
      assertThat(solve.mountIds()).containsExactly("failed-mount", "");
      assertThat(parse(solve.operation())).isEqualTo(parse(image("x").ops().get(0)));
      assertThat(solve.subject()).isEqualTo(ErrorDetail.SolveSubject.FILE_ACTION);
      assertThat(solve.subjectIndex()).isEqualTo(3);
      assertThat(solve.description()).containsEntry("llb.customname", "n");
      assertThat(e.detail(ErrorDetail.Exit.class)).hasValue(new ErrorDetail.Exit(7));
      // The failed file system can be looked at.
      try (Container c =
          gateway.newContainer(
              ContainerRequest.of(new ContainerMount.Bind("/", "", null, "failed-mount", true)))) {
        assertThat(c.readFile(0, "p", 1, 2)).asString().isEqualTo("0p1,2");
      }
      return Result.empty();
    });
    assertThat(((ContainerMount.Bind) backend.containers.get(0).mounts().get(0)).reference())
        .isPresent();
  }

  @Test
  void unexpectedExceptionsAndNullAreInternal() {
    assertThatThrownBy(() ->
            build(gateway -> {
              throw new IllegalStateException("boom");
            }))
        .isInstanceOf(FrontendException.class)
        .hasMessageContaining("failed: java.lang.IllegalStateException: boom")
        .extracting(e -> ((FrontendException) e).category())
        .isEqualTo(FrontendException.Category.INTERNAL);
    assertThatThrownBy(service::result).hasMessageContaining("boom");
  }

  @Test
  void aMissingReturnIsTold() {
    assertThatThrownBy(service::result).hasMessage("the frontend ended without returning a result");
  }

  @Test
  void processes() throws Exception {
    build(gateway -> {
      Reference r = gateway.solve(SolveRequest.of(image("x"))).singleReference();
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
    ContainerRequest seen = backend.containers.get(0);
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
    assertThat(backend.closedContainers).isEqualTo(1);
  }

  @Test
  void containersLeftBehindAreReleased() throws Exception {
    build(gateway -> {
      gateway.newContainer(ContainerRequest.of());
      return Result.empty();
    });
    assertThat(backend.closedContainers).isZero();
    service.close();
    assertThat(backend.closedContainers).isEqualTo(1);
  }

  @Test
  void anOldServerIsServedWhatItKnows() throws Exception {
    backend.capabilities =
        CapabilitySet.ofIds(
            List.of(
                GatewayCapabilities.SOLVE_BASE,
                GatewayCapabilities.SOLVE_INLINE_RETURN,
                GatewayCapabilities.RESOLVE_IMAGE,
                GatewayCapabilities.READ_FILE));
    Result result =
        build(gateway -> {
          Result r = gateway.solve(SolveRequest.of(image("x")));
          ResolvedImage resolved = gateway.resolveImageConfig("a", ImageResolveOptions.defaults());
          assertThat(resolved.reference()).isEqualTo("a");
          gateway.warn(Warning.of("dropped"));
          assertThatThrownBy(gateway::inputs).hasMessageContaining("frontend.inputs");
          assertThatThrownBy(() -> gateway.newContainer(ContainerRequest.of()))
              .hasMessageContaining("gateway.exec");
          assertThatThrownBy(() -> r.singleReference().statFile("x"))
              .hasMessageContaining("statfile");
          return Result.builder().reference(r.reference()).metadata("k", "v").build();
        });
    assertThat(result.reference()).isPresent();
    assertThat(result.metadataText("k")).hasValue("v");
    assertThat(backend.warnings).isEmpty();
  }

  @Test
  void whatDefinitionsMayContainIsChecked() throws Exception {
    FakeBackend limited =
        new FakeBackend() {
          @Override
          public CapabilitySet llbCapabilities() {
            return CapabilitySet.ofIds(List.of("source.local"));
          }
        };
    try (GatewayService other = new GatewayService(limited)) {
      assertThatThrownBy(() ->
              run(
                  gateway -> gateway.solve(SolveRequest.of(image("x"))),
                  other,
                  new GatewayClients.Facts(Map.of(), "", "", List.of())))
          .hasMessage(
              "requested feature source.image is not supported by the build server, please update"
                  + " it");
    }
    assertThat(limited.solves).isEmpty();
  }

  @Test
  void fileOperationsAreNotSentToAServerThatWouldPassOverHalfOfThem() throws Exception {
    CapabilitySet old =
        CapabilitySet.ofIds(List.of("source.image", "file.base", "platform", "constraints"));
    FakeBackend limited =
        new FakeBackend() {
          @Override
          public CapabilitySet llbCapabilities() {
            return old;
          }
        };
    State image = ImageSource.of("x").state();
    Map<String, FileAction> needs =
        Map.of(
            "file.copy.includeexcludepatterns",
            FileAction.copy(
                image, "/", "/", CopyOptions.builder().excludePatterns(List.of("a")).build()),
            "file.copy.requiredpaths",
            FileAction.copy(
                image, "/", "/", CopyOptions.builder().requiredPaths(List.of("a")).build()),
            "file.copy.alwaysreplaceexistingdestpaths",
            FileAction.copy(image, "/", "/", CopyOptions.builder().replaceExisting(true).build()),
            "file.symlink.create",
            FileAction.symlink("/a", "/b", FileOptions.NONE),
            "file.rm.wildcard",
            FileAction.rm("/tmp/*", true, true));
    try (GatewayService other = new GatewayService(limited)) {
      run(
          gateway -> {
            for (Map.Entry<String, FileAction> need : needs.entrySet()) {
              assertThatThrownBy(() -> solve(gateway, image, need.getValue()))
                  .hasMessage(
                      "requested feature %s is not supported by the build server, please update it",
                      need.getKey());
            }
            assertThat(limited.solves).isEmpty();
            solve(gateway, image, FileAction.rm("/tmp/a", true, true));
            solve(gateway, image, FileAction.copy(image, "/", "/", CopyOptions.NONE));
            return Result.empty();
          },
          other,
          new GatewayClients.Facts(Map.of(), "", "", List.of()));
    }
    assertThat(limited.solves).hasSize(2);
  }

  private static Result solve(GatewayClient gateway, State state, FileAction change)
      throws FrontendException, InterruptedException {
    return gateway.solve(
        SolveRequest.of(state.file(change, Constraints.NONE).marshal(MarshalOptions.defaults())));
  }

  @Test
  void unknownReferencesAreRefused() throws Exception {
    try (GatewayService other = new GatewayService(new FakeBackend())) {
      AtomicReference<Reference> foreign = new AtomicReference<>();
      run(
          gateway -> {
            for (int i = 0; i < 3; i++) {
              foreign.set(gateway.solve(SolveRequest.of(image("x"))).singleReference());
            }
            return Result.empty();
          },
          other,
          new GatewayClients.Facts(Map.of(), "", "", List.of()));
      assertThatThrownBy(() -> build(gateway -> Result.of(foreign.get())))
          .hasMessageContaining("return reference ref3 not found");
    }
  }

  @Test
  void manyCallsAtOnce() throws Exception {
    int width = 50;
    CountDownLatch together = new CountDownLatch(width);
    backend.solver =
        request -> {
          together.countDown();
          together.await();
          return Result.of(backend.new FakeReference(request.definition().orElseThrow()));
        };
    build(gateway -> {
      ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
      try (threads) {
        List<Callable<Result>> calls = new ArrayList<>();
        for (int i = 0; i < width; i++) {
          String name = "i" + i;
          calls.add(() -> gateway.solve(SolveRequest.of(image(name))));
        }
        for (Future<Result> f : threads.invokeAll(calls)) {
          f.get();
        }
      } catch (Exception e) {
        throw new AssertionError(e);
      }
      return Result.empty();
    });
    assertThat(backend.solves).hasSize(width);
  }

  @Test
  void cancellingTheFrontendInterruptsTheBackend() throws Exception {
    backend.solver =
        request -> {
          backend.blocked.countDown();
          try {
            Thread.sleep(60_000);
          } catch (InterruptedException e) {
            backend.interrupted.countDown();
            throw e;
          }
          return Result.empty();
        };
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread builder =
        new Thread(() -> {
          try {
            build(gateway -> gateway.solve(SolveRequest.of(image("x"))));
          } catch (Throwable e) {
            thrown.set(e);
          }
        });
    builder.start();
    backend.blocked.await();
    builder.interrupt();
    builder.join();
    assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
    assertThat(backend.interrupted.await(10, TimeUnit.SECONDS)).isTrue();
    FrontendException e = catchThrowableOfType(FrontendException.class, service::result);
    assertThat(e.category()).isEqualTo(FrontendException.Category.CANCELLED);
  }

  @Test
  void metadataKeepsItsBytes() throws Exception {
    byte[] all = new byte[256];
    for (int i = 0; i < all.length; i++) {
      all[i] = (byte) i;
    }
    Result result = build(gateway -> Result.builder().metadata("bytes", all).build());
    assertThat(new TreeMap<>(result.metadata()).get("bytes")).isEqualTo(all);
  }
}
