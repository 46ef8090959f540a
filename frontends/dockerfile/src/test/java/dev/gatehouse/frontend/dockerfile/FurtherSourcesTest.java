package dev.gatehouse.frontend.dockerfile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.GatewayClient;
import dev.gatehouse.frontend.Result;
import dev.gatehouse.frontend.dockerfile.offline.OfflineBuild;
import dev.gatehouse.frontend.dockerfile.offline.OfflineGateway;
import dev.gatehouse.frontend.dockerfile.offline.OfflineImages;
import dev.gatehouse.llb.Constraints;
import dev.gatehouse.llb.Definition;
import dev.gatehouse.llb.FileAction;
import dev.gatehouse.llb.FileOptions;
import dev.gatehouse.llb.LlbGraph;
import dev.gatehouse.llb.MarshalOptions;
import dev.gatehouse.llb.State;
import dev.gatehouse.llb.json.Json;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Devices, unpacking, inputs and OCI layouts, which neither corpus has. */
class FurtherSourcesTest {
  private static final String LAYOUT_DIGEST = "sha256:" + "ab".repeat(32);

  private final Map<String, String> options = new LinkedHashMap<>();
  private final Map<String, Definition> inputs = new LinkedHashMap<>();

  private String graph(String dockerfile) throws FrontendException, InterruptedException {
    DockerfileFrontend frontend = new DockerfileFrontend();
    OfflineGateway offline =
        new OfflineGateway(
            options,
            "session",
            "",
            Map.of("Dockerfile", dockerfile.getBytes(StandardCharsets.UTF_8)),
            OfflineImages.golden(),
            () -> frontend);
    GatewayClient gateway =
        (GatewayClient)
            Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {GatewayClient.class},
                (proxy, method, arguments) -> {
                  if (method.getName().equals("inputs")) {
                    return inputs;
                  }
                  try {
                    return method.invoke(offline, arguments);
                  } catch (InvocationTargetException e) {
                    throw e.getCause();
                  }
                });
    Result result = frontend.build(gateway);
    Definition definition =
        new OfflineBuild.Outcome(offline, result, null).definitions().values().iterator().next();
    return LlbGraph.of(definition).nodes().stream()
        .map(node -> Json.write(node.json()))
        .collect(Collectors.joining("\n"));
  }

  private static Definition input(String file) {
    return State.scratch()
        .file(
            FileAction.mkfile(file, 0644, file.getBytes(StandardCharsets.UTF_8), FileOptions.NONE),
            Constraints.NONE)
        .marshal(MarshalOptions.defaults());
  }

  @Test
  void devicesAreOfTheLabsChannel() throws Exception {
    String dockerfile =
        "FROM alpine\nRUN --device=vendor.com/gpu=all"
            + " --device=name=vendor.com/nic=1,required make\n";
    assertThatThrownBy(() -> graph(dockerfile))
        .hasMessage("device feature is only supported in Dockerfile frontend 1.14.0-labs or later");
    options.put("cmdline", "docker/dockerfile:1-labs");
    assertThat(graph(dockerfile))
        .contains(
            "\"cdiDevices\":[{\"name\":\"vendor.com/gpu=all\",\"optional\":true},"
                + "{\"name\":\"vendor.com/nic=1\"}]");
  }

  @Test
  void archivesAreUnpackedAsWished() throws Exception {
    String unpack = "\"attemptUnpackDockerCompatibility\":true";
    assertThat(graph("FROM scratch\nADD a.tar /\n")).contains(unpack);
    assertThat(graph("FROM scratch\nADD --unpack=false a.tar /\n")).doesNotContain(unpack);
    assertThat(graph("FROM scratch\nADD https://example.com/a.tar /\n")).doesNotContain(unpack);
    assertThat(graph("FROM scratch\nADD --unpack=true https://example.com/a.tar /\n"))
        .contains(unpack);
  }

  @Test
  void inputsTakeThePlaceOfTheMainContextAndOfStages() throws Exception {
    inputs.put("context", input("of-context"));
    inputs.put("lib", input("of-lib"));
    options.put("context:base", "input:lib");
    String config =
        "{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{\"Env\":[\"FROM_INPUT=1\"]},"
            + "\"rootfs\":{\"type\":\"layers\"}}";
    options.put(
        "input-metadata:lib",
        Json.write(
            Map.of(
                "containerimage.config",
                Base64.getEncoder().encodeToString(config.getBytes(StandardCharsets.UTF_8)))));
    assertThat(graph("FROM base\nRUN make\nCOPY . /\n"))
        .contains("\"path\":\"/of-context\"", "\"path\":\"/of-lib\"", "FROM_INPUT=1")
        .doesNotContain("local://");
    options.put("context:base", "input:none");
    assertThatThrownBy(() -> graph("FROM base\nRUN make\n"))
        .hasMessageContaining("invalid input none for base");
    inputs.put("empty", Definition.SCRATCH);
    assertThatThrownBy(() -> graph("FROM base\nRUN make\n"))
        .hasMessageContaining("invalid nil input definition to definition op");
  }

  @Test
  void layoutsOfTheClientTakeThePlaceOfImages() throws Exception {
    options.put("context:alpine", "oci-layout://store:tag@" + LAYOUT_DIGEST);
    assertThat(List.of(graph("FROM alpine\nRUN make\n").split("\n")).get(0))
        .contains("oci-layout://docker.io/library/alpine@" + LAYOUT_DIGEST)
        .contains("\"oci.session\":\"session\"", "\"oci.store\":\"store\"");
    options.put("context:alpine", "oci-layout://store");
    assertThatThrownBy(() -> graph("FROM alpine\nRUN make\n")).hasMessageContaining("no digest");
    options.put("context:alpine", "gopher://store");
    assertThatThrownBy(() -> graph("FROM alpine\nRUN make\n"))
        .hasMessageContaining("unsupported context source gopher for alpine");
  }
}
