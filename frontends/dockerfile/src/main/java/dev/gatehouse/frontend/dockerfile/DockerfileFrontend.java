package dev.gatehouse.frontend.dockerfile;

import dev.gatehouse.frontend.ErrorDetail;
import dev.gatehouse.frontend.Frontend;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.GatewayCapabilities;
import dev.gatehouse.frontend.GatewayClient;
import dev.gatehouse.frontend.Reference;
import dev.gatehouse.frontend.Result;
import dev.gatehouse.frontend.SolveRequest;
import dev.gatehouse.frontend.dockerfile.lint.LintConfig;
import dev.gatehouse.frontend.dockerfile.lint.LintSink;
import dev.gatehouse.frontend.dockerfile.lower.Conversion;
import dev.gatehouse.frontend.dockerfile.lower.ConversionRequest;
import dev.gatehouse.frontend.dockerfile.lower.ImageLookup;
import dev.gatehouse.frontend.dockerfile.outline.LintReport;
import dev.gatehouse.frontend.dockerfile.outline.Subrequest;
import dev.gatehouse.frontend.dockerfile.outline.TargetList;
import dev.gatehouse.frontend.dockerfile.parse.Directive;
import dev.gatehouse.frontend.dockerfile.parse.Directives;
import dev.gatehouse.frontend.dockerfile.parse.DockerfileException;
import dev.gatehouse.frontend.dockerfile.parse.Range;
import dev.gatehouse.frontend.kit.BuildContext;
import dev.gatehouse.frontend.kit.Failures;
import dev.gatehouse.frontend.kit.FrontendOptions;
import dev.gatehouse.frontend.kit.PlatformBuild;
import dev.gatehouse.frontend.kit.SourceFile;
import dev.gatehouse.llb.Definition;
import dev.gatehouse.llb.LlbException;
import dev.gatehouse.llb.MarshalOptions;
import dev.gatehouse.llb.SourceLocation;
import dev.gatehouse.llb.SourceMap;
import dev.gatehouse.llb.oci.Platform;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Builds Dockerfiles, with the same LLB, image config, warnings and errors as BuildKit v0.32's own
 * frontend.
 *
 * <p>Stateless: one instance serves any number of builds at once.
 */
public final class DockerfileFrontend implements Frontend {
  private static final String LANGUAGE = "Dockerfile";
  private static final String LINT_ARGUMENT = "build-arg:BUILDKIT_DOCKERFILE_CHECK";
  private static final String SYNTAX_ARGUMENT = "build-arg:BUILDKIT_SYNTAX";
  private static final Set<String> FEATURES =
      Set.of(
          "moby.buildkit.frontend.inputs",
          "moby.buildkit.frontend.subrequests",
          "moby.buildkit.frontend.contexts",
          "moby.buildkit.frontend.gitquerystring");

  /** Made by whoever loads the frontend. */
  public DockerfileFrontend() {}

  @Override
  public Result build(GatewayClient gateway) throws FrontendException, InterruptedException {
    requireCapability(gateway);
    FrontendOptions options = FrontendOptions.read(gateway.options());
    checkLintOption(options);
    Optional<FrontendException> missing = missingFeature(options);
    if (missing.isPresent() && !options.option("frontend.caps").contains("+forward")) {
      throw missing.get();
    }
    BuildContext context = BuildContext.of(gateway, options);
    SourceFile file = context.readEntrypoint(LANGUAGE);
    Optional<Result> forwarded = forward(gateway, options, context, file.map());
    if (forwarded.isPresent()) {
      return forwarded.get();
    }
    if (missing.isPresent()) {
      throw missing.get();
    }
    Build build = new Build(gateway, options, context, file, new ImageLookup(gateway));
    Optional<String> subrequest = options.find("requestid");
    return subrequest.isPresent() ? build.answer(subrequest.get()) : build.run();
  }

  private static void requireCapability(GatewayClient gateway) throws FrontendException {
    try {
      gateway.options().llbCapabilities().require("file.base");
    } catch (FrontendException e) {
      throw Failures.wrap("needs BuildKit 0.5 or later", e);
    }
  }

  /** Refuses a build argument that cannot be read before anything is read for it. */
  private static void checkLintOption(FrontendOptions options) throws FrontendException {
    Optional<String> checks = options.find(LINT_ARGUMENT);
    if (checks.isPresent()) {
      try {
        LintConfig.parse(checks.get());
      } catch (DockerfileException e) {
        throw FrontendException.builder(
                FrontendException.Category.USER,
                "failed to parse " + LINT_ARGUMENT + ": " + e.getMessage())
            .hint(e.hint().orElse(""))
            .cause(e)
            .build();
      }
    }
  }

  /** The first of the features that the client requires and this frontend lacks. */
  private static Optional<FrontendException> missingFeature(FrontendOptions options) {
    String required = options.option("frontend.caps");
    if (required.isEmpty()) {
      return Optional.empty();
    }
    for (String feature : required.split(",", -1)) {
      String name = feature.contains("+") ? feature.substring(0, feature.indexOf('+')) : feature;
      if (!FEATURES.contains(name)) {
        return Optional.of(FrontendException.unsupportedFrontendCapability(name));
      }
    }
    return Optional.empty();
  }

  /** Hands the build to the frontend that the build or the file names; nothing if none is named. */
  private static Optional<Result> forward(
      GatewayClient gateway, FrontendOptions options, BuildContext context, SourceMap file)
      throws FrontendException, InterruptedException {
    if (options.find("cmdline").isPresent()) {
      return Optional.empty();
    }
    Optional<String> argument = options.find(SYNTAX_ARGUMENT);
    if (argument.isPresent()) {
      String commandLine = argument.get();
      String image = commandLine.strip().split(" ", 2)[0];
      try {
        return Optional.of(forward(gateway, options, context, image, commandLine));
      } catch (FrontendException e) {
        if (!e.sources().isEmpty()) {
          throw e;
        }
        throw Failures.wrap("failed with " + SYNTAX_ARGUMENT + " = " + commandLine, e);
      }
    }
    Optional<Directive> syntax = Directives.syntax(file.data());
    if (syntax.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          forward(gateway, options, context, syntax.get().head(), syntax.get().value()));
    } catch (FrontendException e) {
      if (!e.sources().isEmpty()) {
        throw e;
      }
      throw e.toBuilder().source(file, Range.toSource(syntax.get().location())).build();
    }
  }

  private static Result forward(
      GatewayClient gateway,
      FrontendOptions options,
      BuildContext context,
      String image,
      String commandLine)
      throws FrontendException, InterruptedException {
    Map<String, String> forwarded = new LinkedHashMap<>(options.all());
    forwarded.put("cmdline", commandLine);
    forwarded.put("source", image);
    SolveRequest.Builder request =
        SolveRequest.builder().frontend("gateway.v0").frontendOptions(forwarded);
    if (gateway.options().gatewayCapabilities().supports(GatewayCapabilities.FRONTEND_INPUTS)) {
      request.frontendInputs(context.inputs());
    }
    return gateway.solve(request.build());
  }

  /** One build of one file. */
  private record Build(
      GatewayClient gateway,
      FrontendOptions options,
      BuildContext context,
      SourceFile file,
      ImageLookup images) {

    private Conversion.Converted convert(
        @Nullable Platform platform, LintSink warnings, boolean allStages)
        throws DockerfileException, FrontendException, InterruptedException {
      return Conversion.convert(
          new ConversionRequest(
              file.map(),
              options,
              context,
              images,
              gateway.options().llbCapabilities()::supports,
              platform,
              warnings,
              allStages));
    }

    /** Converts for all platforms at once, and then solves in their order. */
    Result run() throws FrontendException, InterruptedException {
      Optional<SbomScanner> scanner = SbomScanner.find(gateway, options);
      Warnings warnings = new Warnings(gateway, file);
      List<@Nullable Platform> platforms = new ArrayList<>(options.targetPlatforms());
      if (platforms.isEmpty()) {
        platforms.add(null);
      }
      List<Callable<Conversion.Converted>> tasks = new ArrayList<>();
      for (int i = 0; i < platforms.size(); i++) {
        Platform platform = platforms.get(i);
        LintSink sink = i == 0 ? warnings : (finding, location) -> {};
        tasks.add(() -> convert(platform, sink, false));
      }
      Map<String, Conversion.Converted> all = new LinkedHashMap<>();
      Result result;
      try (SideBySide<Conversion.Converted> conversions = new SideBySide<>(tasks)) {
        result = solve(conversions, warnings, all);
      }
      if (scanner.isEmpty()) {
        return result;
      }
      Result.Builder scanned = result.toBuilder();
      for (Map.Entry<String, Conversion.Converted> platform : all.entrySet()) {
        scanned.attestation(
            platform.getKey(), scanner.get().scan(platform.getKey(), platform.getValue()));
      }
      return scanned.build();
    }

    private Conversion.Converted take(
        SideBySide<Conversion.Converted> conversions, int index, Warnings warnings)
        throws DockerfileException, FrontendException, InterruptedException {
      try {
        return conversions.get(index);
      } catch (ExecutionException e) {
        if (e.getCause() instanceof DockerfileException wrong) {
          throw wrong;
        }
        if (e.getCause() instanceof FrontendException failed) {
          throw failed;
        }
        if (e.getCause() instanceof Error error) {
          throw error;
        }
        throw new IllegalStateException("a conversion broke", e.getCause());
      } finally {
        if (index == 0) {
          warnings.send();
        }
      }
    }

    private Result solve(
        SideBySide<Conversion.Converted> conversions,
        Warnings warnings,
        Map<String, Conversion.Converted> all)
        throws FrontendException, InterruptedException {
      return PlatformBuild.run(
          options,
          (platform, index) -> {
            Conversion.Converted converted;
            Definition definition;
            try {
              converted = take(conversions, index, warnings);
              definition = converted.state().marshal(converted.marshalOptions());
              all.put(
                  (platform == null ? Platform.host() : platform).normalized().formatAll(),
                  converted);
            } catch (DockerfileException e) {
              throw failure(e);
            } catch (LlbException e) {
              throw FrontendException.builder(
                      FrontendException.Category.USER,
                      "failed to marshal LLB definition: " + e.getMessage())
                  .cause(e)
                  .build();
            }
            Result solved =
                gateway.solve(
                    SolveRequest.builder()
                        .definition(definition)
                        .cacheImports(options.cacheImports())
                        .build());
            Optional<Reference> reference =
                solved.reference().isEmpty() && solved.references().isEmpty()
                    ? Optional.empty()
                    : Optional.of(solved.singleReference());
            return new PlatformBuild.Outcome(
                reference, converted.image(), converted.baseImage(), converted.epoch());
          });
    }

    Result answer(String request) throws FrontendException, InterruptedException {
      Subrequest known = Subrequest.of(request);
      if (known == null) {
        throw FrontendException.unsupportedSubrequest(request);
      }
      Map<String, byte[]> metadata;
      try {
        metadata =
            switch (known) {
              case DESCRIBE -> Subrequest.describe();
              case TARGETS -> TargetList.of(file.map().data()).result();
              case LINT -> lint();
              case OUTLINE -> outline();
              case CONVERT -> converted();
            };
      } catch (DockerfileException e) {
        // These failures carry no ranges in BuildKit's answers either.
        throw failure(e.getMessage(), e, List.of());
      }
      Result.Builder result = Result.builder();
      metadata.forEach(result::metadata);
      return result.build();
    }

    /** Marshalled for this machine and not for the target, as BuildKit does. */
    private Map<String, byte[]> converted()
        throws DockerfileException, FrontendException, InterruptedException {
      Warnings warnings = new Warnings(gateway, file);
      try {
        return Subrequest.converted(
            convert(null, warnings, false)
                .state()
                .marshal(
                    MarshalOptions.defaults()
                        .withCapabilities(gateway.options().llbCapabilities()::supports)));
      } catch (LlbException e) {
        throw new DockerfileException("failed to marshal LLB definition: " + e.getMessage(), e);
      } finally {
        warnings.send();
      }
    }

    private Map<String, byte[]> outline()
        throws DockerfileException, FrontendException, InterruptedException {
      Warnings warnings = new Warnings(gateway, file);
      try {
        return convert(null, warnings, false).outline().get().result();
      } finally {
        warnings.send();
      }
    }

    private Map<String, byte[]> lint() throws FrontendException, InterruptedException {
      LintReport report = new LintReport(file.map());
      try {
        convert(null, report, options.target().isEmpty());
      } catch (DockerfileException e) {
        report.fail(e);
      }
      return report.result();
    }

    private FrontendException failure(DockerfileException error) {
      List<SourceLocation> sources = new ArrayList<>();
      for (List<Range> location : error.locations()) {
        sources.add(new SourceLocation(file.map(), Range.toSource(location)));
      }
      return failure(error.getMessage(), error, sources);
    }

    /** What to do about the error, and what else is wrong with the file. */
    private static String hint(DockerfileException error) {
      StringBuilder hint = new StringBuilder(error.hint().orElse(""));
      for (DockerfileException other : error.others()) {
        hint.append(hint.length() == 0 ? "" : "\n").append("also: ");
        if (!other.getMessage().contains("on line ") && !other.locations().isEmpty()) {
          hint.append("line ").append(other.locations().get(0).get(0).start().line()).append(": ");
        }
        hint.append(other.getMessage());
        other.hint().ifPresent(text -> hint.append(" (").append(text).append(')'));
      }
      return hint.toString();
    }

    private static FrontendException failure(
        String message, DockerfileException error, List<SourceLocation> sources) {
      FrontendException.Builder failure;
      if (error.getCause() instanceof FrontendException cause) {
        failure =
            FrontendException.builder(cause.category(), message)
                .status(cause.status())
                .code(cause.code())
                .hint(cause.hint().orElse(""));
        cause.details().forEach(failure::detail);
      } else {
        failure = FrontendException.builder(FrontendException.Category.USER, message);
      }
      String hint = hint(error);
      if (!hint.isEmpty()) {
        failure.hint(hint);
      }
      sources.forEach(source -> failure.detail(new ErrorDetail.Source(source)));
      return failure.cause(error).build();
    }
  }
}
