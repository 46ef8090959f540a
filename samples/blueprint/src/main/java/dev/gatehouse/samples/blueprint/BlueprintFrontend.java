package dev.gatehouse.samples.blueprint;

import dev.gatehouse.frontend.BuildOptions;
import dev.gatehouse.frontend.Frontend;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.GatewayClient;
import dev.gatehouse.frontend.Result;
import dev.gatehouse.frontend.SolveRequest;
import dev.gatehouse.frontend.kit.BuildContext;
import dev.gatehouse.frontend.kit.FrontendOptions;
import dev.gatehouse.frontend.kit.PlatformBuild;
import dev.gatehouse.frontend.kit.SourceFile;
import dev.gatehouse.frontend.kit.Subrequests;
import dev.gatehouse.llb.MarshalOptions;
import dev.gatehouse.llb.State;
import dev.gatehouse.llb.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Builds what a blueprint says.
 *
 * <pre>
 * include: [tools.yaml]                     other blueprints of the context
 * outputs:
 *   image: {stage: app, platforms: [linux/amd64, linux/arm64]}
 *   tests: {stage: check}                   chosen with --target tests
 * stages:
 *   app:
 *     from: debian:bookworm-slim            an image, scratch, or a stage
 *     env: {LANG: C.UTF-8}
 *     steps:
 *       - {copy: src, to: /src}             files of the context
 *       - run: make -C /src install
 *       - {copy: /out, to: /, from: tools}  files of a stage
 *     entrypoint: [/usr/local/bin/app]
 * </pre>
 */
public final class BlueprintFrontend implements Frontend {
  private final DocumentSchema schema = new DocumentSchema();

  @Override
  public Result build(GatewayClient gateway) throws FrontendException, InterruptedException {
    FrontendOptions options = FrontendOptions.read(gateway.options());
    BuildContext context = BuildContext.of(gateway, options);
    SourceFile file = context.readEntrypoint("YAML");
    Blueprint blueprint = new BlueprintReader(context, schema).read(file.map());

    Optional<Result> answer =
        new Subrequests()
            .add(
                new Subrequests.Description("frontend.targets", "1.0.0", "List the outputs"),
                () -> targets(blueprint, file))
            .answer(options);
    if (answer.isPresent()) {
      return answer.get();
    }

    Blueprint.Output output = blueprint.output(options.target());
    Blueprint.Stage stage = blueprint.stage(output.stage());
    FrontendOptions forPlatforms = withPlatforms(gateway.options(), output);
    State files = context.mainContext(blueprint.contextPaths());
    return PlatformBuild.run(
        forPlatforms,
        (platform, index) -> {
          StageBuild.Built built =
              new StageBuild(context, options, blueprint, files, platform).build(stage);
          return new PlatformBuild.Outcome(
              gateway
                  .solve(SolveRequest.of(built.state().marshal(MarshalOptions.defaults())))
                  .reference(),
              built.image(),
              built.base(),
              null);
        });
  }

  /** The options with the platforms of the output, where the build names none. */
  private static FrontendOptions withPlatforms(BuildOptions given, Blueprint.Output output)
      throws FrontendException {
    Map<String, String> all = new LinkedHashMap<>(given.options());
    if (all.getOrDefault("platform", "").isEmpty() && !output.platforms().isEmpty()) {
      all.put("platform", String.join(",", output.platforms()));
    }
    return FrontendOptions.read(
        new BuildOptions(
            all,
            given.sessionId(),
            given.product(),
            given.workers(),
            given.llbCapabilities(),
            given.gatewayCapabilities()));
  }

  /** What {@code docker build --call=targets} shows. */
  private static Map<String, byte[]> targets(Blueprint blueprint, SourceFile file) {
    StringBuilder text = new StringBuilder("TARGET\tDESCRIPTION\n");
    List<Object> targets = new ArrayList<>();
    for (Blueprint.Output output : blueprint.outputs().values()) {
      Map<String, Object> target = new LinkedHashMap<>();
      target.put("name", output.name());
      if (targets.isEmpty()) {
        target.put("default", true);
      }
      target.put("description", output.description());
      targets.add(target);
      text.append(output.name()).append('\t').append(output.description()).append('\n');
    }
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("targets", targets);
    json.put("sources", List.of(java.util.Base64.getEncoder().encodeToString(file.map().data())));
    Map<String, byte[]> answer = new LinkedHashMap<>();
    answer.put("result.json", Json.bytes(json));
    answer.put("result.txt", text.toString().getBytes(StandardCharsets.UTF_8));
    return answer;
  }
}
