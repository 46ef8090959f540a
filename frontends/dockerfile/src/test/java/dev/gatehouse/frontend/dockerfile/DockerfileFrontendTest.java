package dev.gatehouse.frontend.dockerfile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.ResolvedImage;
import dev.gatehouse.frontend.Result;
import dev.gatehouse.frontend.Warning;
import dev.gatehouse.frontend.dockerfile.instruction.InstructionParser;
import dev.gatehouse.frontend.dockerfile.offline.OfflineBuild;
import dev.gatehouse.frontend.dockerfile.offline.OfflineGateway;
import dev.gatehouse.frontend.dockerfile.offline.OfflineImages;
import dev.gatehouse.llb.Definition;
import dev.gatehouse.llb.LlbGraph;
import dev.gatehouse.llb.json.Json;
import dev.gatehouse.llb.oci.ImageConfig;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the recorded corpus does not reach. */
@Timeout(180)
class DockerfileFrontendTest {
  private final Map<String, String> options = new LinkedHashMap<>();
  private final Map<String, byte[]> files = new LinkedHashMap<>();
  private OfflineImages images = OfflineImages.golden();
  private OfflineGateway gateway;

  private Result build(String dockerfile) throws FrontendException, InterruptedException {
    files.put("Dockerfile", dockerfile.getBytes(StandardCharsets.UTF_8));
    DockerfileFrontend frontend = new DockerfileFrontend();
    gateway = new OfflineGateway(options, "session", "", files, images, () -> frontend);
    return frontend.build(gateway);
  }

  private LlbGraph graph(String dockerfile) throws FrontendException, InterruptedException {
    Definition definition =
        new OfflineBuild.Outcome(null, build(dockerfile), null).definitions().get("");
    return LlbGraph.of(definition);
  }

  private static List<String> sources(LlbGraph graph) {
    return graph.nodes().stream()
        .filter(n -> n.kind() == LlbGraph.Kind.SOURCE)
        .map(n -> n.label() + attributes(n))
        .toList();
  }

  private static String attributes(LlbGraph.Node node) {
    Object attrs = ((Map<?, ?>) ((Map<?, ?>) node.json().get("Op")).get("source")).get("attrs");
    return attrs == null ? "" : " " + Json.write(attrs);
  }

  private static String operation(LlbGraph graph, LlbGraph.Kind kind) {
    return graph.nodes().stream()
        .filter(n -> n.kind() == kind)
        .map(n -> Json.write(n.json()))
        .reduce((a, b) -> b)
        .orElseThrow();
  }

  private FrontendException failure(String dockerfile) {
    return catchThrowableOfType(FrontendException.class, () -> build(dockerfile));
  }

  @Test
  void ignoredFilesAreNotTransferredAndCopiesOfThemAreReported() throws Exception {
    files.put(".dockerignore", "node_modules\n*.md\n".getBytes());
    LlbGraph graph = graph("FROM scratch\nCOPY node_modules /x\nCOPY src /y\n");
    assertThat(sources(graph))
        .containsExactly(
            "local://context {\"local.excludepatterns\":\"[\\\"node_modules\\\",\\\"*.md\\\"]\","
                + "\"local.followpaths\":\"[\\\"node_modules\\\",\\\"src\\\"]\",\"local.session\":\"session\","
                + "\"local.sharedkeyhint\":\"context\"}");
    assertThat(gateway.warnings().stream().map(Warning::message))
        .containsExactly(
            "CopyIgnoredFile: Attempting to Copy file \"node_modules\" that is excluded by"
                + " .dockerignore (line 2)");
  }

  @Test
  void theIgnoreFileOfTheDockerfileGoesFirst() throws Exception {
    files.put(".dockerignore", "a\n".getBytes());
    files.put("Dockerfile.dockerignore", "b\n".getBytes());
    assertThat(sources(graph("FROM scratch\nCOPY . /\n")).get(0)).contains("[\\\"b\\\"]");
    assertThat(gateway.solved()).hasSize(2);
  }

  @Test
  void contextsByNameTakeThePlaceOfImagesAndStages() throws Exception {
    options.put("context:golang:1.22", "docker-image://my/go:dev");
    options.put("context:lib", "local:libdir");
    options.put("context:repo", "https://github.com/a/b.git#v1:sub");
    options.put("context:file", "https://example.com/f");
    options.put("context:none", "docker-image://scratch");
    LlbGraph graph =
        graph(
            "FROM golang:1.22 AS build\nRUN make\nFROM none\nCOPY --from=build /a /\n"
                + "COPY --from=lib /b /\nCOPY --from=repo / /r\nCOPY --from=file context /f\n");
    assertThat(sources(graph))
        .anyMatch(s -> s.equals("docker-image://docker.io/my/go:dev"))
        .anyMatch(s ->
            s.startsWith("local://libdir")
                && s.contains("\"local.followpaths\":\"[\\\"b\\\"]\"")
                && s.contains("\"local.sharedkeyhint\":\"context:lib-\""))
        .anyMatch(s -> s.startsWith("git://github.com/a/b.git#v1:sub"))
        .anyMatch(s -> s.startsWith("https://example.com/f"));
  }

  @Test
  void aContextForThePlatformGoesBeforeOneForAll() throws Exception {
    options.put("context:base", "docker-image://all");
    options.put("context:base::linux/arm64", "docker-image://arm");
    options.put("platform", "linux/arm64");
    assertThat(sources(graph("FROM base\nRUN true\n")))
        .containsExactly("docker-image://docker.io/library/arm:latest");
  }

  @Test
  void theContextMayBeARepositoryAndAFolderOfIt() throws Exception {
    options.put("context", "https://github.com/a/b.git#main");
    options.put("contextsubdir", "sub");
    LlbGraph graph = graph("FROM scratch\nCOPY . /\n");
    assertThat(sources(graph))
        .hasSize(1)
        .allMatch(s -> s.startsWith("git://github.com/a/b.git#main"));
    assertThat(graph.nodes()).hasSize(4);
  }

  @Test
  void aFileBehindAUrlIsTheDockerfileItself() throws Exception {
    options.put("context", "https://example.com/some");
    files.put("context", "FROM scratch\nCOPY context /x\n".getBytes());
    assertThat(sources(graph("not read")))
        .containsExactly("https://example.com/some {\"http.filename\":\"context\"}");
  }

  private void image(String config) {
    images =
        (reference, resolve) ->
            new ResolvedImage(
                reference,
                "sha256:" + "0".repeat(64),
                ("{\"os\":\"linux\",\"architecture\":\"amd64\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:"
                        + "1".repeat(64)
                        + "\"]},\"config\":"
                        + config
                        + "}")
                    .getBytes());
  }

  @Test
  void triggersOfTheBaseImageRunFirst() throws Exception {
    image(
        "{\"OnBuild\":[\"RUN one\",\"COPY --from=other /a /b\",\"ENV"
            + " A=b\"],\"WorkingDir\":\"/w\"}");
    Result result = build("FROM base\nRUN two\n");
    LlbGraph graph =
        LlbGraph.of(new OfflineBuild.Outcome(null, result, null).definitions().get(""));
    List<String> names =
        graph.nodes().stream()
            .map(n -> n.metadata().description().getOrDefault("llb.customname", ""))
            .toList();
    assertThat(names).anyMatch(n -> n.endsWith("2/5] ONBUILD RUN one"));
    assertThat(names).anyMatch(n -> n.endsWith("4/5] RUN two"));
    ImageConfig config = ImageConfig.parse(result.metadata().get("containerimage.config"));
    assertThat(config.config().onBuild()).isEmpty();
    assertThat(config.config().env()).contains("A=b");
    assertThat(operation(graph, LlbGraph.Kind.EXEC)).contains("\"cwd\":\"/w\"");
  }

  @Test
  void triggersOfAStageRunInTheStageOnTopOfIt() throws Exception {
    Result result = build("FROM alpine AS a\nONBUILD RUN later\nFROM a\nRUN now\n");
    LlbGraph graph =
        LlbGraph.of(new OfflineBuild.Outcome(null, result, null).definitions().get(""));
    assertThat(graph.nodes().stream().map(LlbGraph.Node::label))
        .containsSubsequence("/bin/sh -c later", "/bin/sh -c now");
    assertThat(ImageConfig.parse(result.metadata().get("containerimage.config")).config().onBuild())
        .isEmpty();
  }

  @Test
  void relativeWorkingDirectoriesAreWithinThatOfTheImage() throws Exception {
    image("{\"WorkingDir\":\"/srv\",\"User\":\"app:app\"}");
    LlbGraph graph = graph("FROM base\nWORKDIR sub\nRUN x\n");
    assertThat(operation(graph, LlbGraph.Kind.EXEC))
        .contains("\"cwd\":\"/srv/sub\"")
        .contains("\"user\":\"app:app\"");
    assertThat(operation(graph, LlbGraph.Kind.FILE)).contains("byName").contains("/srv/sub");
    assertThat(gateway.warnings().get(0).message()).startsWith("WorkdirRelativePath");
  }

  @Test
  void commandsTakeSecretsAgentsAndModes() throws Exception {
    LlbGraph graph =
        graph(
            "FROM alpine\n"
                + "RUN --mount=type=secret,id=tok,env=TOKEN"
                + " --mount=type=secret,id=f,target=/f,mode=0440,uid=5"
                + " --mount=type=ssh,id=a,required --mount=type=tmpfs,target=/t,size=10m"
                + " --mount=type=cache,target=/c,id=k,sharing=locked,uid=7 --security=insecure"
                + " --network=none echo $TOKEN\n");
    String exec = operation(graph, LlbGraph.Kind.EXEC);
    assertThat(exec)
        .contains("\"secretenv\":[{\"ID\":\"tok\",\"name\":\"TOKEN\",\"optional\":true}]")
        .contains("\"secretOpt\":{\"ID\":\"f\",\"uid\":5,\"mode\":288,\"optional\":true}")
        .contains("\"SSHOpt\":{\"ID\":\"a\",\"mode\":384}")
        .contains("\"TmpfsOpt\":{\"size\":10485760}")
        .contains("\"cacheOpt\":{\"ID\":\"/k\",\"sharing\":2}")
        .contains("\"selector\":\"/cache\"")
        .contains("\"network\":2,\"security\":1");
    assertThat(
            graph.nodes().stream()
                .map(n -> n.metadata().description().getOrDefault("llb.customname", "")))
        .anyMatch(n -> n.endsWith("echo ****"));
  }

  @Test
  void aCommandWithoutWordsFailsAsABuildAndIsStillChecked() throws Exception {
    assertThat(failure("FROM alpine\nRUN []\n"))
        .hasMessage("failed to marshal LLB definition: arguments are required");
    options.put("requestid", "frontend.lint");
    assertThat(build("FROM alpine\nRUN []\n").metadata()).containsKey("result.json");
  }

  @Test
  void imagesThatMakeNoSenseAreNamed() {
    images =
        (reference, resolve) ->
            new ResolvedImage(
                reference,
                "sha256:" + "0".repeat(64),
                "{\"rootfs\":{\"diff_ids\":[\"x\"]}}".getBytes());
    assertThat(failure("FROM alpine\n")).hasMessageStartingWith("failed to parse image config: ");
    images = (reference, resolve) -> new ResolvedImage(reference, "nonsense", "{}".getBytes());
    assertThat(failure("FROM alpine\n")).hasMessageContaining("\"nonsense\"");
  }

  @Test
  void modesMayBeSymbolic() throws Exception {
    assertThat(operation(graph("FROM scratch\nCOPY --chmod=u=rwX,go-w a /\n"), LlbGraph.Kind.FILE))
        .contains("\"modeStr\":\"u=rwX,go-w\"");
    assertThat(failure("FROM scratch\nCOPY --chmod=u~x a /\n")).hasMessage("invalid syntax");
    assertThat(failure("FROM scratch\nCOPY --chmod=8 a /\n"))
        .hasMessage(
            "invalid chmod parameter: '8'. it should be octal string and between 0 and 07777");
  }

  @Test
  void variablesOfLaterStagesAreNotSeenAndStagesNotNeededAreLeftOut() throws Exception {
    LlbGraph graph =
        graph("FROM alpine AS a\nRUN one\nFROM alpine AS b\nRUN two\nFROM a\nRUN three\n");
    assertThat(graph.nodes().stream().map(LlbGraph.Node::label))
        .contains("/bin/sh -c one", "/bin/sh -c three")
        .doesNotContain("/bin/sh -c two");
  }

  @Test
  void failuresShowPlaceAndHint() {
    FrontendException failure =
        failure(
            "FROM alpine\n"
                + "COPY --from=later /a /b\n"
                + "FROM alpine AS later\n"
                + "FROM alpine\n"
                + "COPY --from=0 / /\n");
    assertThat(failure)
        .hasMessage(
            "cannot copy from stage \"later\", it needs to be defined before current stage"
                + " \"stage-0\"");
    assertThat(failure.sources().get(0).ranges().get(0).startLine()).isEqualTo(2);
    assertThat(failure.hint()).isPresent();
  }

  @Test
  void anImageThatDoesNotExistIsNamedWithANearOne() {
    images =
        (reference, resolve) -> {
          throw FrontendException.user(reference + ": not found");
        };
    FrontendException failure = failure("FROM alpin\n");
    assertThat(failure)
        .hasMessage("alpin: docker.io/library/alpin:latest: not found (did you mean alpine?)");
    assertThat(failure.sources()).hasSize(1);
  }

  @Test
  void whatIsNotThereSaysSo() {
    options.put("requestid", "frontend.unknown");
    assertThat(failure("FROM scratch\n")).hasMessage("unsupported request frontend.unknown");
    options.clear();
    options.put("frontend.caps", "moby.buildkit.frontend.unknown");
    assertThat(failure("FROM scratch\n"))
        .hasMessage("unsupported frontend capability moby.buildkit.frontend.unknown");
  }

  @Test
  void aTimeByNumberIsThatOfHistoryAndFolders() throws Exception {
    options.put("build-arg:SOURCE_DATE_EPOCH", "1600000000");
    Result result = build("FROM scratch\nWORKDIR /x\n");
    assertThat(result.metadataText("source.date.epoch")).hasValue("1600000000");
    assertThat(result.metadataText("containerimage.config").orElseThrow())
        .contains("\"created\":\"2020-09-13T12:26:40Z\"");
    options.put("build-arg:SOURCE_DATE_EPOCH", "nonsense");
    assertThat(failure("FROM scratch\n")).hasMessage("invalid SOURCE_DATE_EPOCH: nonsense");
  }

  @Test
  void longFilesTakeTimeInProportion() throws Exception {
    StringBuilder file = new StringBuilder("FROM alpine\n");
    for (int i = 0; i < 5_000; i++) {
      file.append("COPY a").append(i).append(" /b").append(i).append('\n');
    }
    for (int i = 0; i < 2_000; i++) {
      file.append("FROM alpine AS s").append(i).append('\n');
    }
    file.append("FROM s0\nCOPY --from=s1 / /\n");
    long start = System.nanoTime();
    build(file.toString());
    assertThat((System.nanoTime() - start) / 1e9).isLessThan(200);
  }

  @Test
  void allThatIsWrongWithAFileIsSaidAtOnce() {
    FrontendException failure =
        failure(
            """
            FROM alpine AS build
            RNU echo hi
            COPY --form=build a b
            ENV FOO
            COPY a
            HEALTHCHECK --intervall=1s CMD x
            RUN true
            STOPSIGNAL
            ONBUILD ONBUILD RUN x
            RUN <<E
            """);
    assertThat(failure).hasMessage("ENV must have two arguments");
    assertThat(failure.sources().get(0).ranges().get(0).startLine()).isEqualTo(4);
    assertThat(failure.hint().orElseThrow().lines())
        .containsExactly(
            "write ENV FOO=VALUE",
            "also: dockerfile parse error on line 2: unknown instruction: RNU (did you mean ENV?)"
                + " (instructions are "
                + String.join(", ", InstructionParser.KEYWORDS)
                + ")",
            "also: dockerfile parse error on line 3: unknown flag: --form (did you mean from?)"
                + " (flags of this instruction are --chown, --from, --chmod, --link, --parents,"
                + " --exclude)",
            "also: dockerfile parse error on line 5: COPY requires at least two arguments, but only"
                + " one was provided. Destination could not be determined"
                + " (write COPY SOURCE... DESTINATION)",
            "also: dockerfile parse error on line 6: unknown flag: --intervall (did you mean"
                + " interval?) (flags of this instruction are --interval, --timeout,"
                + " --start-period, --start-interval, --retries)",
            "also: dockerfile parse error on line 8: STOPSIGNAL requires exactly one argument"
                + " (write STOPSIGNAL SIGNAL)",
            "also: dockerfile parse error on line 9: Chaining ONBUILD via `ONBUILD ONBUILD` isn't"
                + " allowed",
            "also: line 10: unterminated heredoc (a line that holds nothing but E has to end what"
                + " <<E starts)");
  }

  @Test
  void afterABrokenFromOnlyTheRestIsLookedAt() {
    FrontendException failure = failure("FROM --platform=\"a b\nRUN a\nUSER\nENV x\n");
    assertThat(failure).hasMessageNotContaining("no build stage");
    assertThat(failure.hint().orElse("")).doesNotContain("no build stage");
  }
}
