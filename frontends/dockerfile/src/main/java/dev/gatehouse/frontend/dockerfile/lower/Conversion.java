package dev.gatehouse.frontend.dockerfile.lower;

import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.dockerfile.instruction.Dockerfile;
import dev.gatehouse.frontend.dockerfile.instruction.InstructionParser;
import dev.gatehouse.frontend.dockerfile.lint.LintConfig;
import dev.gatehouse.frontend.dockerfile.lint.LintRules;
import dev.gatehouse.frontend.dockerfile.lint.Linter;
import dev.gatehouse.frontend.dockerfile.outline.Outline;
import dev.gatehouse.frontend.dockerfile.parse.Directive;
import dev.gatehouse.frontend.dockerfile.parse.Directives;
import dev.gatehouse.frontend.dockerfile.parse.DockerfileException;
import dev.gatehouse.frontend.dockerfile.parse.DockerfileParser;
import dev.gatehouse.frontend.dockerfile.parse.ParsedDockerfile;
import dev.gatehouse.frontend.dockerfile.parse.PartlyReadException;
import dev.gatehouse.frontend.dockerfile.parse.Range;
import dev.gatehouse.frontend.dockerfile.shell.ExpansionBudget;
import dev.gatehouse.frontend.dockerfile.shell.WordExpander;
import dev.gatehouse.llb.MarshalOptions;
import dev.gatehouse.llb.State;
import dev.gatehouse.llb.oci.ImageConfig;
import dev.gatehouse.llb.oci.Platform;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Converts a file for one platform.
 *
 * <p>The steps in order: parse, plan the stages, look up what they stand on, lower those that the
 * target needs (each instruction once, so that the time is linear in the size of the file), and
 * give the image its platform and labels.
 */
public final class Conversion {
  private Conversion() {}

  /**
   * What a file converts to.
   *
   * @param state the files of the target
   * @param marshalOptions how they are marshalled
   * @param image the config of the image
   * @param baseImage the config of the image that it stands on; null if on none
   * @param epoch the time that files and history bear; null if not said
   * @param outline what the target can be given
   * @param scan what to scan if a bill of materials is wanted
   */
  public record Converted(
      State state,
      MarshalOptions marshalOptions,
      ImageConfig image,
      @Nullable ImageConfig baseImage,
      @Nullable Instant epoch,
      Supplier<Outline> outline,
      Scan scan) {}

  /**
   * What a scan for a bill of materials looks at besides the files of the target.
   *
   * @param extras files by the name of their stage, or {@code context}
   * @param ignoreCache whether to scan again what was scanned before
   */
  public record Scan(Map<String, State> extras, boolean ignoreCache) {}

  /**
   * Converts a file.
   *
   * @throws DockerfileException if something in the file is wrong; a failure of the gateway is its
   *     cause
   * @throws FrontendException if the gateway fails where the file has no part in it
   */
  public static Converted convert(ConversionRequest request)
      throws DockerfileException, FrontendException, InterruptedException {
    byte[] source = request.file().data();
    if (source.length == 0) {
      throw new DockerfileException("the Dockerfile cannot be empty")
          .withHint("a Dockerfile begins with FROM and the image to start from");
    }
    Linter linter = linter(request, source);
    ParsedDockerfile parsed = parse(source);
    for (Range line : parsed.emptyContinuations()) {
      linter.report(LintRules.noEmptyContinuation(), List.of(line));
    }
    Dockerfile dockerfile = new InstructionParser(linter).parse(parsed);
    if (dockerfile.stages().isEmpty()) {
      throw new DockerfileException("dockerfile contains no stages to build")
          .withHint("add a FROM instruction with the image to start from");
    }
    StageChecks.checkNames(dockerfile.stages(), linter);
    StageChecks.checkCasing(dockerfile.stages(), linter);

    Platforms platforms = Platforms.of(request);
    String target = request.options().target();
    Map<String, String> buildArguments = request.options().buildArguments();
    ExpansionBudget budget = ExpansionBudget.ofFile();
    WordExpander expander = new WordExpander(dockerfile.escape()).withBudget(budget);
    GlobalArguments arguments =
        GlobalArguments.predefined(
            platforms,
            buildArguments,
            target.isEmpty()
                ? dockerfile.stages().get(dockerfile.stages().size() - 1).name()
                : target);
    StageChecks.checkBaseNames(dockerfile, arguments, expander, linter);
    arguments.define(dockerfile.globalArguments(), expander, buildArguments);
    Instant epoch =
        SourceDateEpoch.resolve(request, dockerfile, arguments, buildArguments, expander);

    ConversionContext context =
        new ConversionContext(
            request, platforms, arguments, buildArguments, expander, linter, budget, epoch);
    StagePlan plan = new StagePlan(context);
    plan.addStages(dockerfile.stages());
    StageState goal = plan.target();
    plan.connect();
    Set<StageState> reachable = new BaseImages(context, plan).resolve(goal);
    StageLowering lowering = new StageLowering(context, plan);
    lowering.lower(reachable);
    goal.paths.add("/");
    return finish(context, linter, goal, lowering);
  }

  private static ParsedDockerfile parse(byte[] source) throws DockerfileException {
    try {
      return DockerfileParser.standard().parse(source);
    } catch (PartlyReadException e) {
      throw InstructionParser.explain(e);
    }
  }

  private static Linter linter(ConversionRequest request, byte[] source)
      throws DockerfileException {
    Optional<String> argument = request.options().find("build-arg:BUILDKIT_DOCKERFILE_CHECK");
    if (argument.isPresent()) {
      try {
        return new Linter(LintConfig.parse(argument.get()), request.warnings());
      } catch (DockerfileException e) {
        throw e.wrapped("failed to parse build-arg:BUILDKIT_DOCKERFILE_CHECK");
      }
    }
    try {
      return new Linter(
          LintConfig.parse(Directives.find("check", source).map(Directive::head).orElse("")),
          request.warnings());
    } catch (DockerfileException e) {
      throw e.wrapped("failed to parse check options");
    }
  }

  private static Converted finish(
      ConversionContext context, Linter linter, StageState goal, StageLowering lowering)
      throws DockerfileException, FrontendException, InterruptedException {
    context.request().options().labels().forEach(goal.image.config::label);
    Optional<DockerfileException> violation = linter.violation();
    if (violation.isPresent()) {
      throw violation.get();
    }
    lowering.bindContext(
        context.request().context().mainContext(StageState.transferred(lowering.contextPaths())));
    Platforms platforms = context.platforms();
    goal.image.platform(platforms.ofImage(goal.image.platform()));
    Platform target = platforms.target();
    return new Converted(
        goal.state,
        MarshalOptions.defaults()
            .withPlatform(target)
            .withCapabilities(context.request().capabilities()),
        goal.image.toImage(),
        goal.baseImage,
        goal.epoch,
        () -> OutlineCollector.collect(goal, context.request().file().data()),
        lowering.scan(goal));
  }
}
