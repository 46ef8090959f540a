package dev.gatehouse.frontend.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.frontend.Attestation;
import dev.gatehouse.frontend.CacheImport;
import dev.gatehouse.frontend.FileStat;
import dev.gatehouse.frontend.Frontend;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.GatewayCapabilities;
import dev.gatehouse.frontend.ImageResolveOptions;
import dev.gatehouse.frontend.Reference;
import dev.gatehouse.frontend.ResolvedImage;
import dev.gatehouse.frontend.Result;
import dev.gatehouse.frontend.SolveRequest;
import dev.gatehouse.frontend.SourceMetadata;
import dev.gatehouse.frontend.SourcePolicy;
import dev.gatehouse.frontend.SourceRequest;
import dev.gatehouse.frontend.Warning;
import dev.gatehouse.llb.Definition;
import dev.gatehouse.llb.SourceMap;
import dev.gatehouse.llb.SourceRange;
import dev.gatehouse.llb.oci.Platform;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What every transport of the gateway must do. */
@Timeout(30)
abstract class GatewayContract implements ContainerContract, FailureContract, NegotiationContract {
  final FakeBackend backend = new FakeBackend();
  GatewayService service;

  @Override
  public final FakeBackend backend() {
    return backend;
  }

  @Override
  public final GatewayService service() {
    return service;
  }

  @BeforeEach
  void open() {
    service = new GatewayService(backend);
  }

  @AfterEach
  void close() {
    service.close();
  }

  @Override
  public final Result build(Frontend frontend) throws Exception {
    return build(frontend, Map.of("filename", "F", "cache-imports", "[]"));
  }

  Result build(Frontend frontend, Map<String, String> options) throws Exception {
    run(frontend, service, new GatewayClients.Facts(options, "sess", "prod", List.of()));
    return service.result();
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
    Definition definition = GatewayRun.image("docker.io/library/alpine:latest");
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
      Reference r = gateway.solve(SolveRequest.of(GatewayRun.image("x"))).singleReference();
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
  void resultsWithMapsMetadataAndAttestations() throws Exception {
    Result result =
        build(gateway -> {
          Reference a = gateway.solve(SolveRequest.of(GatewayRun.image("a"))).singleReference();
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
          Reference a = backend.new FakeReference(GatewayRun.image("a"));
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
    backend.inputs.put("base", GatewayRun.image("in"));
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
      assertThat(gateway.inputs().get("base").toBytes())
          .isEqualTo(GatewayRun.image("in").toBytes());
      gateway.warn(warning);
      return Result.empty();
    });
    assertThat(backend.warnings).containsExactly(warning);
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
          calls.add(() -> gateway.solve(SolveRequest.of(GatewayRun.image(name))));
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
  void metadataKeepsItsBytes() throws Exception {
    byte[] all = new byte[256];
    for (int i = 0; i < all.length; i++) {
      all[i] = (byte) i;
    }
    Result result = build(gateway -> Result.builder().metadata("bytes", all).build());
    assertThat(new TreeMap<>(result.metadata()).get("bytes")).isEqualTo(all);
  }
}
