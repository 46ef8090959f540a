package dev.gatehouse.samples.fanout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.frontend.ContainerRequest;
import dev.gatehouse.frontend.ResolvedImage;
import dev.gatehouse.llb.LlbGraph;
import dev.gatehouse.llb.oci.Digest;
import dev.gatehouse.llb.oci.ImageConfig;
import dev.gatehouse.llb.oci.Platform;
import dev.gatehouse.testkit.Conversion;
import dev.gatehouse.testkit.InMemoryGateway;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FanOutFrontendTest {
  @TempDir Path folder;

  private InMemoryGateway.Builder gateway(String plan) throws Exception {
    Files.writeString(folder.resolve("Plan"), plan);
    return InMemoryGateway.builder(folder)
        .option("filename", "Plan")
        .images((reference, options) ->
            Optional.of(
                new ResolvedImage(
                    "docker.io/library/" + reference,
                    Digest.sha256(reference).toString(),
                    ImageConfig.empty(Platform.LINUX_AMD64).toBytes())));
  }

  /** A gateway whose list command prints this, and ends so. */
  private Conversion convert(String plan, String printed, String complaint, int code)
      throws Exception {
    return Conversion.of(
        new FanOutFrontend(),
        gateway(plan)
            .processes((container, process) -> {
              assertThat(process.arguments()).containsExactly("/bin/sh", "-c", "list-modules");
              assertThat(process.directory()).isEqualTo("/src");
              process.stdout().orElseThrow().write(printed.getBytes(StandardCharsets.UTF_8));
              process.stderr().orElseThrow().write(complaint.getBytes(StandardCharsets.UTF_8));
              return code;
            })
            .build());
  }

  private static final String PLAN = "base alpine\nlist list-modules\neach make install\n";

  @Test
  void eachPartIsAStepThatSeesItsOwnFolderOnly() throws Exception {
    Conversion conversion = convert(PLAN, "modules/b\nmodules/a\nmodules/b\n", "", 0).succeeds();

    assertThat(conversion.operations())
        .filteredOn(n -> n.kind() == LlbGraph.Kind.EXEC)
        .extracting(LlbGraph.Node::label)
        .hasSize(2)
        .allMatch(label -> label.contains("make install"));
    assertThat(conversion.text())
        .contains("PART=modules/a")
        .contains("PART=modules/b")
        .contains("\"/modules/a\"")
        .contains("\"/modules/b\"");
  }

  @Test
  void theListSeesTheContextAndTheNetworkOfTheBuild() throws Exception {
    Conversion.of(
            new FanOutFrontend(),
            gateway(PLAN)
                .option("force-network-mode", "none")
                .processes((container, process) -> {
                  assertThat(container.network()).isEqualTo(ContainerRequest.Network.NONE);
                  assertThat(container.mounts()).hasSize(2);
                  assertThat(container.mounts().get(1).destination()).isEqualTo("/src");
                  process.stdout().orElseThrow().write('a');
                  return 0;
                })
                .build())
        .succeeds();
  }

  @Test
  void theSamePartsInAnotherOrderGiveTheSameLlb() throws Exception {
    assertThat(convert(PLAN, "b\na\n", "", 0).text())
        .isEqualTo(convert(PLAN, "a\nb\n", "", 0).text());
  }

  @Test
  void whatTheListDoesWrongIsShownAtItsLine() throws Exception {
    convert(PLAN, "", "no such tool\n", 127)
        .failsWith("Plan:2: the list ended with exit code 127: no such tool")
        .failsAtLine(2);
    convert(PLAN, "\n", "", 0).failsWith("Plan:2: the list is empty").failsAtLine(2);
    convert(PLAN, "a/../../etc\n", "", 0).failsWith("Plan:2: the list has \"a/../../etc\"");
    convert(PLAN, "/etc\n", "", 0).failsWith("Plan:2: the list has \"/etc\"");
  }

  @Test
  void aServerThatRunsNoProcessesIsNamedAsTheReason() throws Exception {
    Conversion.of(new FanOutFrontend(), gateway(PLAN).build())
        .failsWith(
            "requested feature gateway.exec is not supported by the build server, please update it")
        .failsAtLine(2);
  }

  @Test
  void aPlanHasThreeLines() throws Exception {
    convert("base alpine\neach x\n", "a", "", 0).failsWith("Plan:1: list is missing");
    convert("base alpine\nlist\n", "a", "", 0)
        .failsWith("Plan:2: a line is base, list or each and what follows, not list");
    convert(PLAN + "each y\n", "a", "", 0).failsWith("Plan:4: each is there twice");
    convert(PLAN.replace("alpine", "scratch"), "a", "", 0)
        .failsWith("Plan:1: no command runs in scratch")
        .failsAtLine(1);
  }
}
