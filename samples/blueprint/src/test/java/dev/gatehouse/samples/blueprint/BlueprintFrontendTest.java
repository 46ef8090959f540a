package dev.gatehouse.samples.blueprint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.frontend.ResolvedImage;
import dev.gatehouse.llb.LlbGraph;
import dev.gatehouse.llb.oci.Digest;
import dev.gatehouse.llb.oci.ImageConfig;
import dev.gatehouse.llb.oci.Platform;
import dev.gatehouse.testkit.Conversion;
import dev.gatehouse.testkit.InMemoryGateway;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlueprintFrontendTest {
  @TempDir Path folder;

  private static InMemoryGateway.Builder gateway(Path folder) {
    return InMemoryGateway.builder(folder)
        .option("filename", "blueprint.yaml")
        .images((reference, options) ->
            Optional.of(
                new ResolvedImage(
                    "docker.io/library/" + reference,
                    Digest.sha256(reference).toString(),
                    ImageConfig.empty(options.platform().orElse(Platform.LINUX_AMD64)).toBytes())));
  }

  private Conversion convert(String blueprint, String... options) throws Exception {
    Files.writeString(folder.resolve("blueprint.yaml"), blueprint);
    InMemoryGateway.Builder gateway = gateway(folder);
    for (int i = 0; i < options.length; i += 2) {
      gateway.option(options[i], options[i + 1]);
    }
    return Conversion.of(new BlueprintFrontend(), gateway.build());
  }

  private void file(String path, String content) throws Exception {
    Files.createDirectories(folder.resolve(path).getParent());
    Files.writeString(folder.resolve(path), content);
  }

  @Test
  void theExampleBuildsItsOutputs() throws Exception {
    InMemoryGateway.Builder gateway = gateway(Path.of("example"));
    Conversion image = Conversion.of(new BlueprintFrontend(), gateway.build()).succeeds();
    assertThat(image.definitions()).containsOnlyKeys("linux/amd64", "linux/arm64");
    image.hasOperation(LlbGraph.Kind.EXEC, "gcc");
    assertThat(image.result().metadataText("containerimage.config/linux/arm64").orElseThrow())
        .contains("\"Entrypoint\":[\"/usr/bin/hello\"]")
        .contains("\"architecture\":\"arm64\"");

    Conversion tests =
        Conversion.of(new BlueprintFrontend(), gateway.option("target", "tests").build());
    assertThat(tests.succeeds().definitions()).containsOnlyKeys("");
    tests.hasOperation(LlbGraph.Kind.EXEC, "test \"$(hello)\" =");
  }

  private static final String SMALL =
      """
      outputs:
        image: {stage: app}
      stages:
        tools:
          from: debian
          steps:
            - run: make
        app:
          from: scratch
          env: {A: "1"}
          steps:
            - {copy: /out, to: /, from: tools}
            - {copy: files, to: /srv/}
      """;

  @Test
  void stagesAreBuiltFromStagesImagesAndTheContext() throws Exception {
    Conversion conversion = convert(SMALL).succeeds();

    conversion
        .hasOperation(LlbGraph.Kind.SOURCE, "docker-image://docker.io/library/debian@sha256:")
        .hasOperation(LlbGraph.Kind.EXEC, "make")
        .hasOperation(LlbGraph.Kind.FILE, "copy");
    assertThat(conversion.text()).contains("local.followpaths: \"[\\\"files\\\"]\"");
    assertThat(conversion.result().metadataText("containerimage.config").orElseThrow())
        .contains("\"Env\":[\"A=1\"]");
    assertThat(convert(SMALL).text()).isEqualTo(conversion.text());
  }

  @Test
  void jsonIsYamlToo() throws Exception {
    convert(
            """
            {"outputs": {"a": {"stage": "a"}},
             "stages": {"a": {"from": "debian", "steps": [{"run": "true"}]}}}
            """)
        .hasOperation(LlbGraph.Kind.EXEC, "true");
  }

  @Test
  void thePlatformsOfTheBuildGoBeforeThoseOfTheOutput() throws Exception {
    String two =
        SMALL.replace("{stage: app}", "{stage: app, platforms: [linux/amd64, linux/s390x]}");
    assertThat(convert(two).definitions()).containsOnlyKeys("linux/amd64", "linux/s390x");
    assertThat(convert(two, "platform", "linux/arm64").definitions()).containsOnlyKeys("");
  }

  @Test
  void outputsCanBeListed() throws Exception {
    Conversion answer =
        convert(
            SMALL.replace("{stage: app}", "{stage: app, description: all of it}"),
            "requestid",
            "frontend.targets");
    assertThat(answer.result().metadataText("result.txt"))
        .contains("TARGET\tDESCRIPTION\nimage\tall of it\n");
    assertThat(answer.result().metadataText("result.json").orElseThrow())
        .startsWith("{\"targets\":[{\"name\":\"image\",\"default\":true,");
    convert(SMALL, "target", "imagee").failsWith("there is no output imagee (did you mean image?)");
  }

  @Test
  void whatBreaksTheSchemaIsShownWithLineColumnAndHint() throws Exception {
    convert(SMALL.replace("- run: make", "- rum: make"))
        .failsWith("blueprint.yaml:7:9: unknown name rum (did you mean run?)")
        .failsAtLine(7);
    convert(SMALL.replace("from: debian", "form: debian"))
        .failsWith(
            "blueprint.yaml:4:3: from is missing\n"
                + "blueprint.yaml:5:5: unknown name form (did you mean from?)")
        .failsAtLine(4)
        .failsAtLine(5);
    convert(SMALL.replace("from: scratch", "from: 7"))
        .failsWith("blueprint.yaml:9:11: this is number, not string");
    convert(SMALL.replace("to: /srv/", "run: x"))
        .failsWith("blueprint.yaml:13:9: this is not what goes here")
        .failsAtLine(13);
    convert(SMALL.replace("  tools:", "  Tools:"))
        .failsWith("blueprint.yaml:4:3: this name is not allowed");
    convert(SMALL.replace("{stage: app}", "{stage: app, platforms: [linux]}")).failsAtLine(2);
    convert("- a\n- b\n").failsWith("blueprint.yaml:1:1: this is array, not object");
    convert("").failsWith("blueprint.yaml:1:1: this is missing, not object");

    assertThat(convert(SMALL.replace("to: /srv/", "run: x")).failure().orElseThrow().hint())
        .contains("a step is run: COMMAND, or copy: PATH with to: PATH and perhaps from: STAGE");
  }

  @Test
  void whatIsNoYamlIsShown() throws Exception {
    convert("outputs:\n  a: [b\nstages: {}\n").failsAtLine(3);
    convert("a: 1\na: 2\n").failsAtLine(2);
    convert("stages: &x {}\noutputs: *x\n")
        .failsWith("blueprint.yaml:2:10: a blueprint has no anchors and aliases");
    convert("stages: {}\n---\nstages: {}\n")
        .failsWith("blueprint.yaml:3:1: a file holds one blueprint");
    convert("[".repeat(100_000)).failsAtLine(1);
  }

  @Test
  void filesIncludeFiles() throws Exception {
    file("parts/tools.yaml", "include: [more/base.yaml]\nstages:\n  tools: {from: base}\n");
    file("parts/more/base.yaml", "stages:\n  base: {from: debian, steps: [{run: base}]}\n");
    convert("include: [parts/tools.yaml, ./parts/more/base.yaml]\noutputs: {a: {stage: tools}}\n")
        .hasOperation(LlbGraph.Kind.EXEC, "base");

    file("parts/more/base.yaml", "stages:\n  base: {form: debian}\n");
    convert("include: [parts/tools.yaml]\noutputs: {a: {stage: tools}}\n")
        .failsWith(
            "parts/more/base.yaml:2:3: from is missing\n"
                + "parts/more/base.yaml:2:10: unknown name form (did you mean from?)")
        .failsAtLine(2);
  }

  @Test
  void includesThatCannotBeFollowedAreShown() throws Exception {
    file("a.yaml", "include: [b.yaml]\n");
    file("b.yaml", "stages: {}\ninclude:\n  - a.yaml\n");
    String outputs = "outputs: {a: {stage: a}}\n";
    convert(outputs + "include: [a.yaml]\n")
        .failsWith("b.yaml:3:5: blueprint.yaml includes a.yaml includes b.yaml includes a.yaml")
        .failsAtLine(3);
    convert(outputs + "include: [blueprint.yaml]\n")
        .failsWith("blueprint.yaml:2:11: blueprint.yaml includes blueprint.yaml");
    for (String outside : new String[] {"../x.yaml", "a/../../x.yaml", "/etc/x.yaml"}) {
      convert(outputs + "include: [" + outside + "]\n")
          .failsWith("blueprint.yaml:2:11: " + outside + " is outside of the context");
    }
    Files.createSymbolicLink(folder.resolve("link.yaml"), Path.of("/etc/passwd"));
    convert(outputs + "include: [link.yaml]\n").failsAtLine(2);
    convert(outputs + "include: [none.yaml]\n").failsAtLine(2);
    file("c.yaml", "stages:\n  a: {from: x}\n");
    convert(outputs + "include: [c.yaml]\nstages:\n  a: {from: y}\n")
        .failsWith("c.yaml:2:3: stage a is there already");
  }

  @Test
  void stagesThatCannotBeBuiltAreShown() throws Exception {
    convert(SMALL.replace("from: tools", "from: tolls"))
        .failsWith("blueprint.yaml:12:35: there is no stage tolls (did you mean tools?)");
    convert(SMALL.replace("from: debian", "from: app"))
        .failsWith("blueprint.yaml:8:3: app needs tools needs app");
  }
}
