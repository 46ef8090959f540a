package dev.gatehouse.solver.worker.provenance;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.gatehouse.llb.oci.Platform;
import dev.gatehouse.protocol.pb.Definition;
import dev.gatehouse.protocol.pb.ExecOp;
import dev.gatehouse.protocol.pb.Input;
import dev.gatehouse.protocol.pb.Location;
import dev.gatehouse.protocol.pb.Locations;
import dev.gatehouse.protocol.pb.Mount;
import dev.gatehouse.protocol.pb.MountType;
import dev.gatehouse.protocol.pb.NetMode;
import dev.gatehouse.protocol.pb.Op;
import dev.gatehouse.protocol.pb.Position;
import dev.gatehouse.protocol.pb.Range;
import dev.gatehouse.protocol.pb.SecretOpt;
import dev.gatehouse.protocol.pb.Source;
import dev.gatehouse.protocol.pb.SourceInfo;
import dev.gatehouse.protocol.pb.SourceOp;
import dev.gatehouse.protocol.pb.WorkerConstraints;
import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.worker.export.Attestation;
import dev.gatehouse.solver.worker.op.ResolvedSource;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ProvenanceTest {
  private static final String HEX = "ab".repeat(32);
  private static final ByteString SOURCE =
      Op.newBuilder()
          .setSource(
              SourceOp.newBuilder()
                  .setIdentifier("local://context")
                  .putAttrs("local.session", "s1")
                  .putAttrs("local.followpaths", "[]"))
          .setConstraints(WorkerConstraints.getDefaultInstance())
          .build()
          .toByteString();
  private static final ByteString EXEC =
      Op.newBuilder()
          .addInputs(Input.newBuilder().setDigest(digest(SOURCE)))
          .setExec(
              ExecOp.newBuilder()
                  .setNetwork(NetMode.NONE)
                  .addMounts(
                      Mount.newBuilder()
                          .setInput(-1)
                          .setMountType(MountType.SECRET)
                          .setSecretOpt(SecretOpt.newBuilder().setID("key"))))
          .build()
          .toByteString();
  private static final ByteString LAST =
      Op.newBuilder().addInputs(Input.newBuilder().setDigest(digest(EXEC))).build().toByteString();
  private static final byte[] DEFINITION =
      Definition.newBuilder()
          .addDef(SOURCE)
          .addDef(EXEC)
          .addDef(LAST)
          .setSource(
              Source.newBuilder()
                  .addInfos(
                      SourceInfo.newBuilder()
                          .setFilename("Dockerfile")
                          .setData(ByteString.copyFromUtf8("RUN")))
                  .putLocations(
                      digest(EXEC),
                      Locations.newBuilder()
                          .addLocations(
                              Location.newBuilder()
                                  .addRanges(
                                      Range.newBuilder()
                                          .setStart(Position.newBuilder().setLine(1))
                                          .setEnd(Position.newBuilder().setLine(1))))
                          .build()))
          .build()
          .toByteArray();

  /** As BuildKit writes the steps: names and numbers of its own JSON. */
  private static final String STEPS =
      "{\"llbDefinition\":[{\"id\":\"step0\",\"op\":{\"Op\":{\"source\":{\"identifier\":\"local://context\","
          + "\"attrs\":{\"local.followpaths\":\"[]\"}}},\"constraints\":{}}},"
          + "{\"id\":\"step1\",\"op\":{\"Op\":{\"exec\":{\"mounts\":[{\"input\":-1,\"mountType\":1,"
          + "\"secretOpt\":{\"ID\":\"key\"}}],\"network\":2}}},\"inputs\":[\"step0:0\"]},"
          + "{\"id\":\"step2\",\"op\":{\"Op\":{}},\"inputs\":[\"step1:0\"]}],\"digestMapping\":{";

  private static String digest(ByteString bytes) {
    return Digest.sha256(bytes.toByteArray()).toString();
  }

  private static final List<ResolvedSource> SOURCES =
      List.of(
          new ResolvedSource(
              "docker-image://docker.io/library/alpine:3",
              "sha256:" + HEX,
              Optional.of(Platform.LINUX_AMD64),
              Map.of()),
          new ResolvedSource(
              "git://github.com/a/b",
              "c".repeat(40),
              Optional.empty(),
              Map.of("git.fullurl", "https://t0ken@github.com/a/b")),
          new ResolvedSource(
              "https://u:pw@host/f.tar", "sha256:" + HEX, Optional.empty(), Map.of()));

  private static String predicate(String value, List<ResolvedSource> sources)
      throws SolveException {
    return predicate(value, sources, List.of());
  }

  private static String predicate(
      String value, List<ResolvedSource> sources, List<Provenance.Part> others)
      throws SolveException {
    ProvenanceOptions options =
        ProvenanceOptions.parse(Map.of("attest:provenance", value)).orElseThrow();
    Attestation a =
        Provenance.attestation(
            options,
            new Provenance.Request(
                new Provenance.Call(
                    "dockerfile.v0",
                    Map.of(
                        "context",
                        "https://t0ken@github.com/a/b#main",
                        "filename",
                        "Dockerfile",
                        "build-arg:X",
                        "1",
                        "target",
                        "out",
                        "attest:provenance",
                        value,
                        "vcs:revision",
                        "r1")),
                Optional.of(new Provenance.Call("", Map.of("build-arg:X", "1"))),
                "ref1",
                Instant.ofEpochSecond(10),
                Instant.ofEpochSecond(20)),
            new Provenance.Part(sources, DEFINITION),
            others);
    assertThat(a.path()).isEqualTo("provenance.json");
    return new String(a.content().orElseThrow(), UTF_8);
  }

  @Test
  void tellsWhatWasAskedForAndOfWhatItWasMade() throws SolveException {
    assertThat(predicate("mode=max,builder-id=https://me", SOURCES))
        .isEqualTo(
            "{\"buildDefinition\":{\"buildType\":\"https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md\","
                + "\"resolvedDependencies\":[{\"uri\":\"pkg:docker/alpine@3?platform=linux%2Famd64\",\"digest\":{\"sha256\":\""
                + HEX
                + "\"}},"
                + "{\"uri\":\"https://xxxxx@github.com/a/b\",\"digest\":{\"sha1\":\""
                + "c".repeat(40)
                + "\"}},"
                + "{\"uri\":\"https://xxxxx:xxxxx@host/f.tar\",\"digest\":{\"sha256\":\""
                + HEX
                + "\"}}],"
                + "\"externalParameters\":{\"configSource\":{\"uri\":\"https://xxxxx@github.com/a/b#main\",\"digest\":{\"sha1\":\""
                + "c".repeat(40)
                + "\"},\"path\":\"Dockerfile\"},\"request\":{\"frontend\":\"dockerfile.v0\",\"args\":{\"build-arg:X\":\"1\","
                + "\"target\":\"out\"},\"secrets\":[{\"id\":\"key\"}],\"root\":{\"configSource\":{},\"request\":{\"args\":"
                + "{\"build-arg:X\":\"1\"}}},\"compatibilityVersion\":30}},\"internalParameters\":{\"buildConfig\":"
                + STEPS
                + mapping()
                + "}},\"builderPlatform\":\""
                + Platform.host().normalized().format()
                + "\"}},\"runDetails\":{\"builder\":{\"id\":\"https://me\"},\"metadata\":{"
                + "\"invocationId\":\"ref1\",\"startedOn\":\"1970-01-01T00:00:10Z\",\"finishedOn\":\"1970-01-01T00:00:20Z\","
                + "\"buildkit_metadata\":{\"vcs\":{\"revision\":\"r1\"},\"source\":{\"locations\":{\"step1\":{\"locations\":[{\"ranges\":"
                + "[{\"start\":{\"line\":1},\"end\":{\"line\":1}}]}]}},\"infos\":[{\"filename\":\"Dockerfile\",\"data\":\"UlVO\"}]}},\"buildkit_hermetic\":true,"
                + "\"buildkit_completeness\":{\"request\":true,\"resolvedDependencies\":true}}}}");
  }

  private static String mapping() {
    Map<String, String> steps = new TreeMap<>();
    steps.put(digest(SOURCE), "step0");
    steps.put(digest(EXEC), "step1");
    steps.put(digest(LAST), "step2");
    return steps.entrySet().stream()
        .map(step -> "\"" + step.getKey() + "\":\"" + step.getValue() + "\"")
        .collect(Collectors.joining(","));
  }

  @Test
  void whatTheFrontendReadTookPart() throws SolveException {
    Provenance.Part read =
        new Provenance.Part(
            List.of(new ResolvedSource("local://dockerfile", "", Optional.empty(), Map.of())),
            DEFINITION);
    assertThat(predicate("mode=max", List.of(), List.of(read, read)))
        .contains("\"locals\":[{\"name\":\"dockerfile\"}]")
        .contains("\"resolvedDependencies\":false");
  }

  @Test
  void theMinimumTellsNeitherArgumentsNorSecrets() throws SolveException {
    String min = predicate("mode=min,version=v0.2", SOURCES);
    assertThat(min)
        .doesNotContain("build-arg")
        .doesNotContain("key")
        .doesNotContain("llbDefinition")
        .doesNotContain("UlVO")
        .doesNotContain("t0ken")
        .doesNotContain("pw@")
        .contains("\"completeness\":{\"parameters\":false,\"environment\":true,\"materials\":true}")
        .contains("\"entryPoint\":\"Dockerfile\"");
  }

  @Test
  void localSourcesLeaveItIncomplete() throws SolveException {
    List<ResolvedSource> local =
        List.of(new ResolvedSource("local://context", "", Optional.empty(), Map.of()));
    assertThat(predicate("", local))
        .contains("\"locals\":[{\"name\":\"context\"}]")
        .contains("\"resolvedDependencies\":false")
        .doesNotContain("hermetic");
    assertThatThrownBy(() -> predicate("complete-materials=true", local))
        .hasMessage("provenance materials are incomplete: local sources context");
  }

  @Test
  void readsOptions() throws SolveException {
    assertThat(ProvenanceOptions.parse(Map.of("target", "x"))).isEmpty();
    assertThat(ProvenanceOptions.parse(Map.of("attest:provenance", "disabled=true"))).isEmpty();
    assertThat(
            ProvenanceOptions.parse(Map.of("attest:provenance", "mode=min,inline-only=true"))
                .orElseThrow())
        .isEqualTo(
            new ProvenanceOptions(
                ProvenanceOptions.Mode.MIN, "v1", "", false, true, false, "provenance.json"));
    assertThat(ProvenanceOptions.parse(Map.of("attest:SBOM", "", "attest:Provenance", "")))
        .isPresent();
    assertThatThrownBy(() -> ProvenanceOptions.parse(Map.of("attest:provenence", "mode=max")))
        .hasMessage("unknown attestation type \"provenence\"");
    assertThatThrownBy(() -> ProvenanceOptions.parse(Map.of("attest:provenance", "mode=half")))
        .hasMessage("invalid mode \"half\"");
    assertThatThrownBy(() -> ProvenanceOptions.parse(Map.of("attest:provenance", "version=v9")))
        .hasMessage("invalid provenance SLSA version: v9");
  }
}
