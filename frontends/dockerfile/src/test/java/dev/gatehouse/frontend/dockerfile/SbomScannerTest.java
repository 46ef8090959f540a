package dev.gatehouse.frontend.dockerfile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.frontend.Attestation;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.Result;
import dev.gatehouse.frontend.dockerfile.offline.OfflineGateway;
import dev.gatehouse.frontend.dockerfile.offline.OfflineImages;
import dev.gatehouse.llb.LlbGraph;
import dev.gatehouse.llb.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Bills of materials: which files the scanner gets to see, and how it is told of them. */
class SbomScannerTest {
  private static final String DOCKERFILE =
      """
      ARG BUILDKIT_SBOM_SCAN_STAGE=%s
      FROM scratch AS one
      COPY a /
      FROM scratch AS two
      COPY b /
      FROM scratch
      ARG BUILDKIT_SBOM_SCAN_CONTEXT=true
      COPY --from=one / /
      COPY --from=two / /
      """;

  private final Map<String, String> options = new LinkedHashMap<>();
  private OfflineGateway gateway;

  private Result build(String dockerfile) throws FrontendException, InterruptedException {
    String images =
        """
        {"scan/ner:1": {"config": {"Entrypoint": ["/scan"], "Cmd": ["it"], "WorkingDir": "/w",
          "Env": ["PATH=/p"]}, "architecture": "amd64", "os": "linux", "rootfs": {"type": "layers"}},
         "no/command": {"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers"}}}
        """;
    DockerfileFrontend frontend = new DockerfileFrontend();
    gateway =
        new OfflineGateway(
            options,
            "session",
            "",
            Map.of("Dockerfile", dockerfile.getBytes(StandardCharsets.UTF_8)),
            OfflineImages.table(images.getBytes(StandardCharsets.UTF_8)),
            () -> frontend);
    return frontend.build(gateway);
  }

  private String scan() {
    List<OfflineGateway.Solved> solved = gateway.solved();
    LlbGraph graph =
        LlbGraph.of(solved.get(solved.size() - 1).request().definition().orElseThrow());
    return graph.nodes().stream()
        .filter(node -> node.kind() == LlbGraph.Kind.EXEC)
        .map(node -> Json.write(node.json()))
        .reduce((a, b) -> a + b)
        .orElseThrow();
  }

  @ParameterizedTest
  @CsvSource({"two,false,true", "'one,two',true,true", "1,true,true", "0,false,false"})
  void stagesAndTheContextAreScannedWhereTheFileSaysSo(String stages, boolean one, boolean two)
      throws Exception {
    options.put("attest:sbom", "generator=scan/ner:1,LEVEL=high");
    options.put("platform", "linux/amd64");
    Result result = build(DOCKERFILE.formatted(stages));
    assertThat(scan())
        .contains("\"args\":[\"/scan\",\"it\"]", "\"cwd\":\"/w\"", "\"PATH=/p\"")
        .contains("\"BUILDKIT_SCAN_DESTINATION=/run/out/\"")
        .contains("\"BUILDKIT_SCAN_SOURCE=/run/src/core/sbom\"")
        .contains("\"BUILDKIT_SCAN_SOURCE_EXTRAS=/run/src/extras\"")
        .contains("\"BUILDKIT_SCAN_LEVEL=high\"")
        .contains("/run/src/extras/sbom-context");
    assertThat(scan().contains("/run/src/extras/sbom-one")).isEqualTo(one);
    assertThat(scan().contains("/run/src/extras/sbom-two")).isEqualTo(two);
    assertThat(result.attestations()).containsOnlyKeys("linux/amd64");
    Attestation attestation = result.attestations().get("linux/amd64").get(0);
    assertThat(attestation.kind()).isEqualTo(Attestation.Kind.BUNDLE);
    assertThat(attestation.predicateType()).isEqualTo("https://spdx.dev/Document");
    assertThat(attestation.metadata().get("reason")).asString().isEqualTo("sbom");
    assertThat(attestation.metadata().get("sbom-core")).asString().isEqualTo("sbom");
  }

  @Test
  void eachPlatformIsScanned() throws Exception {
    options.put("build-arg:BUILDKIT_ATTEST_SBOM", "generator=scan/ner:1");
    options.put("platform", "linux/amd64,linux/arm64");
    Result result = build("FROM scratch\nCOPY a /\n");
    assertThat(result.attestations()).containsOnlyKeys("linux/amd64", "linux/arm64");
    assertThat(scan()).doesNotContain("BUILDKIT_SCAN_SOURCE_EXTRAS");
  }

  @ParameterizedTest
  @CsvSource({
    "generator=no/command, does not have cmd",
    "generator=NO, failed to parse sbom scanner NO",
    "'generator=\"', failed to parse sbom",
    "generator=not/there, not found"
  })
  void aScannerThatIsNoneIsRefused(String wish, String message) {
    options.put("attest:sbom", wish);
    assertThatThrownBy(() -> build("FROM scratch\n"))
        .isInstanceOf(FrontendException.class)
        .hasMessageContaining(message);
  }
}
