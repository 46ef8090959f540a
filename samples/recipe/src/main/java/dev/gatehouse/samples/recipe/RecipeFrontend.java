package dev.gatehouse.samples.recipe;

import dev.gatehouse.frontend.Frontend;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.GatewayClient;
import dev.gatehouse.frontend.Result;
import dev.gatehouse.frontend.SolveRequest;
import dev.gatehouse.frontend.kit.BaseImage;
import dev.gatehouse.frontend.kit.BuildContext;
import dev.gatehouse.frontend.kit.FrontendOptions;
import dev.gatehouse.frontend.kit.NearNames;
import dev.gatehouse.frontend.kit.PlatformBuild;
import dev.gatehouse.frontend.kit.SourceFile;
import dev.gatehouse.llb.CacheSharing;
import dev.gatehouse.llb.Constraints;
import dev.gatehouse.llb.CopyOptions;
import dev.gatehouse.llb.FileAction;
import dev.gatehouse.llb.MarshalOptions;
import dev.gatehouse.llb.Mount;
import dev.gatehouse.llb.NetworkMode;
import dev.gatehouse.llb.SourceMap;
import dev.gatehouse.llb.State;
import dev.gatehouse.llb.oci.ContainerConfig;
import dev.gatehouse.llb.oci.ImageConfig;
import dev.gatehouse.llb.oci.Platform;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Builds an image from a recipe.
 *
 * <pre>
 * base  debian:bookworm-slim      the image it stands on
 * need  gcc make                  Debian packages
 * take  src /src                  files of the context
 * do    make -C /src              a command
 * start /src/app --serve          what the image runs
 * </pre>
 */
public final class RecipeFrontend implements Frontend {
  private static final List<String> KEYWORDS = List.of("base", "need", "take", "do", "start");

  @Override
  public Result build(GatewayClient gateway) throws FrontendException, InterruptedException {
    FrontendOptions options = FrontendOptions.read(gateway.options());
    BuildContext context = BuildContext.of(gateway, options);
    SourceFile file = context.readEntrypoint("Recipe");
    List<Statement> statements = RecipeFileParser.parse(file.map());
    return PlatformBuild.run(
        options,
        (platform, index) ->
            new Kitchen(gateway, context, file.map(), platform, options.networkMode())
                .cook(statements));
  }

  /** The state of one platform's build, statement by statement. */
  private static final class Kitchen {
    private final GatewayClient gateway;
    private final BuildContext context;
    private final SourceMap file;
    private final @Nullable Platform platform;
    private final NetworkMode network;
    private State state = State.scratch();
    private @Nullable ImageConfig base;
    private List<String> start = List.of();

    Kitchen(
        GatewayClient gateway,
        BuildContext context,
        SourceMap file,
        @Nullable Platform platform,
        NetworkMode network) {
      this.gateway = gateway;
      this.context = context;
      this.file = file;
      this.platform = platform;
      this.network = network;
    }

    PlatformBuild.Outcome cook(List<Statement> statements)
        throws FrontendException, InterruptedException {
      for (Statement statement : statements) {
        step(statement);
      }
      ImageConfig onto = base;
      if (onto == null) {
        throw FrontendException.user(file.filename() + ": a recipe begins with a base");
      }
      Result result = gateway.solve(SolveRequest.of(state.marshal(MarshalOptions.defaults())));
      ContainerConfig config = onto.config().toBuilder().entrypoint(start).build();
      return new PlatformBuild.Outcome(
          result.reference(), onto.withCreated(null).withConfig(config), onto, null);
    }

    private void step(Statement statement) throws FrontendException, InterruptedException {
      switch (statement.keyword()) {
        case "base" -> base(argument(statement, 1).get(0), statement);
        case "need" -> need(statement);
        case "take" -> {
          List<String> paths = argument(statement, 2);
          State source = context.mainContext(List.of(paths.get(0)));
          state =
              state.file(
                  FileAction.copy(
                      source,
                      paths.get(0),
                      paths.get(1),
                      CopyOptions.builder()
                          .createDestination(true)
                          .directoryContentsOnly(true)
                          .build()),
                  at(statement, "take " + statement.text()));
        }
        case "do" -> run(statement, "do " + statement.text(), statement.text(), List.of());
        case "start" -> start = statement.arguments();
        default ->
            throw fail(
                statement,
                NearNames.suggest(
                    "unknown statement: " + statement.keyword(),
                    statement.keyword(),
                    KEYWORDS,
                    false),
                "statements are " + String.join(", ", KEYWORDS));
      }
    }

    private void base(String image, Statement statement)
        throws FrontendException, InterruptedException {
      BaseImage loaded = BaseImage.load(context, image, platform, at(statement, "base " + image));
      base = loaded.config();
      state = loaded.state().network(network);
    }

    private void need(Statement statement) throws FrontendException {
      List<String> packages = argument(statement, -1);
      String command =
          "rm -f /etc/apt/apt.conf.d/docker-clean && apt-get update && apt-get install -y"
              + " --no-install-recommends "
              + String.join(" ", packages);
      run(
          statement,
          "need " + statement.text(),
          command,
          List.of(
              Mount.cache("/var/cache/apt", State.scratch(), "recipe-apt", CacheSharing.LOCKED),
              Mount.cache(
                  "/var/lib/apt/lists", State.scratch(), "recipe-lists", CacheSharing.LOCKED)));
    }

    private void run(Statement statement, String name, String command, List<Mount> mounts) {
      var builder = state.run().args(List.of("/bin/sh", "-c", command));
      for (Mount mount : mounts) {
        builder = builder.mount(mount);
      }
      state = builder.constraints(at(statement, name)).build().root();
    }

    /** What a step is called, and the lines that it comes from: errors show them. */
    private Constraints at(Statement statement, String name) {
      return Constraints.builder()
          .platform(platform)
          .name(name)
          .location(file, List.of(statement.range()))
          .build();
    }

    private List<String> argument(Statement statement, int count) throws FrontendException {
      List<String> arguments = statement.arguments();
      if (arguments.isEmpty() || count > 0 && arguments.size() != count) {
        throw fail(
            statement,
            "%s takes %s, not %s"
                .formatted(
                    statement.keyword(),
                    count < 0 ? "arguments" : count + " argument" + (count == 1 ? "" : "s"),
                    arguments.size()),
            "put an argument with blanks between quotes");
      }
      return new ArrayList<>(arguments);
    }

    private FrontendException fail(Statement statement, String message, String hint) {
      return FrontendException.builder(
              FrontendException.Category.USER,
              "%s:%s: %s".formatted(file.filename(), statement.range().startLine(), message))
          .source(file, List.of(statement.range()))
          .hint(hint)
          .build();
    }
  }
}
