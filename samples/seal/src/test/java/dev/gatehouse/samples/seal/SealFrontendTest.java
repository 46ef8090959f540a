package dev.gatehouse.samples.seal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.frontend.Frontend;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.Result;
import dev.gatehouse.frontend.SolveRequest;
import dev.gatehouse.llb.Constraints;
import dev.gatehouse.llb.FileAction;
import dev.gatehouse.llb.FileOptions;
import dev.gatehouse.llb.LlbGraph;
import dev.gatehouse.llb.MarshalOptions;
import dev.gatehouse.llb.State;
import dev.gatehouse.llb.oci.ContainerConfig;
import dev.gatehouse.llb.oci.ImageConfig;
import dev.gatehouse.llb.oci.Platform;
import dev.gatehouse.testkit.Conversion;
import dev.gatehouse.testkit.InMemoryGateway;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SealFrontendTest {
  @TempDir Path folder;

  /** Stands for any frontend: a file and a config for each platform that is asked for. */
  private static final Frontend INNER =
      gateway -> {
        Map<String, String> options = gateway.options().options();
        if (!"Dockerfile".equals(options.get("filename"))) {
          throw FrontendException.user("no such file: " + options.get("filename"));
        }
        Result.Builder result = Result.builder().metadata("left.alone", "yes");
        List<String> platforms = List.of(options.getOrDefault("platform", "").split(","));
        for (String platform : platforms) {
          State files =
              State.scratch()
                  .file(
                      FileAction.mkfile("/for", 0644, platform.getBytes(), FileOptions.NONE),
                      Constraints.NONE);
          var reference =
              gateway
                  .solve(SolveRequest.of(files.marshal(MarshalOptions.defaults())))
                  .singleReference();
          byte[] config =
              ImageConfig.empty(platform.isEmpty() ? Platform.host() : Platform.parse(platform))
                  .withConfig(
                      ContainerConfig.EMPTY.toBuilder()
                          .entrypoint(List.of("/app"))
                          .label("inputs", String.join(",", gateway.inputs().keySet()))
                          .build())
                  .toBytes();
          if (platforms.size() == 1) {
            result.reference(reference).metadata("containerimage.config", config);
          } else {
            result
                .reference(platform, reference)
                .metadata("containerimage.config/" + platform, config);
          }
        }
        return result.build();
      };

  private InMemoryGateway.Builder gateway(String sealfile) throws Exception {
    Files.writeString(folder.resolve("Seal"), sealfile);
    return InMemoryGateway.builder(folder)
        .option("filename", "Seal")
        .option("source", "registry.example/seal:1")
        .frontend("inner", INNER)
        .frontend("gateway.v0", INNER);
  }

  private Conversion convert(String sealfile) throws Exception {
    return Conversion.of(new SealFrontend(), gateway(sealfile).build());
  }

  private static final String SEAL =
      "build inner Dockerfile\nremove /tmp/*\nremove /var/log\nlabel sealed yes\nuser 65534\n";

  @Test
  void filesAndConfigOfTheResultAreChanged() throws Exception {
    Conversion conversion = convert(SEAL).succeeds();

    assertThat(conversion.definitions()).containsOnlyKeys("");
    conversion.hasOperation(LlbGraph.Kind.FILE, "rm{path=/tmp/*},rm{path=/var/log}");
    ImageConfig config =
        ImageConfig.parse(conversion.result().metadata().get("containerimage.config"));
    assertThat(config.config().entrypoint()).containsExactly("/app");
    assertThat(config.config().labels()).containsEntry("sealed", "yes").containsEntry("inputs", "");
    assertThat(config.config().user()).isEqualTo("65534");
    assertThat(conversion.result().metadataText("left.alone")).contains("yes");
  }

  @Test
  void everyPlatformIsSealed() throws Exception {
    Conversion conversion =
        Conversion.of(
                new SealFrontend(),
                gateway(SEAL).option("platform", "linux/amd64,linux/arm64").build())
            .succeeds();

    assertThat(conversion.definitions()).containsOnlyKeys("linux/amd64", "linux/arm64");
    for (String platform : List.of("linux/amd64", "linux/arm64")) {
      assertThat(LlbGraph.of(conversion.definitions().get(platform)).toJsonLines())
          .contains("/var/log");
      ImageConfig config =
          ImageConfig.parse(
              conversion.result().metadata().get("containerimage.config/" + platform));
      assertThat(config.platform().format()).isEqualTo(platform);
      assertThat(config.config().user()).isEqualTo("65534");
    }
  }

  @Test
  void whatIsGivenIsInTheContextOfTheOtherFrontend() throws Exception {
    InMemoryGateway gateway = gateway("build inner Dockerfile\ngive revision 7f3a\n").build();
    Result result = gateway.build(new SealFrontend());

    assertThat(result.metadataText("containerimage.config").orElseThrow())
        .contains("\"inputs\":\"context\"");
    SolveRequest nested =
        gateway.solves().stream().filter(s -> !s.frontend().isEmpty()).findFirst().orElseThrow();
    assertThat(LlbGraph.of(nested.frontendInputs().get("context")).toJsonLines())
        .contains("/revision");
    assertThat(nested.frontendOptions()).doesNotContainKey("source");
  }

  @Test
  void aReferenceRunsAsAnImage() throws Exception {
    InMemoryGateway gateway = gateway("build localhost:5000/words:1 Dockerfile\n").build();
    gateway.build(new SealFrontend());

    SolveRequest nested =
        gateway.solves().stream().filter(s -> !s.frontend().isEmpty()).findFirst().orElseThrow();
    assertThat(nested.frontend()).isEqualTo("gateway.v0");
    assertThat(nested.frontendOptions()).containsEntry("source", "localhost:5000/words:1");
  }

  @Test
  void aFailureOfTheOtherFrontendIsShownWhereItIsNamed() throws Exception {
    convert("# sealed\nbuild inner Other\n")
        .failsWith("inner failed: no such file: Other")
        .failsAtLine(2);
  }

  @Test
  void whatCannotBeReadIsShownAtItsLine() throws Exception {
    convert("build inner Dockerfile\nremvoe /tmp\n")
        .failsWith("Seal:2: unknown statement: remvoe (did you mean remove?)")
        .failsAtLine(2);
    convert("build inner Dockerfile\nremove tmp\n")
        .failsWith("Seal:2: remove takes an absolute path");
    convert("build inner\n").failsWith("Seal:1: build takes a frontend and the file it reads");
    convert("user 1\n").failsWith("Seal:1: nothing builds");
  }
}
