package dev.gatehouse.host;

import dev.gatehouse.frontend.ErrorDetail;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.FrontendException.Category;
import dev.gatehouse.frontend.Result;
import dev.gatehouse.frontend.StatusCode;
import dev.gatehouse.frontend.server.GatewayClients;
import dev.gatehouse.host.plugin.LoadedPlugin;
import dev.gatehouse.host.plugin.PluginFolder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * All frontends of the daemon, by name: plugins under the names they give themselves, and {@code
 * gateway.v0}, which runs the frontend its option {@code source} names, an image or {@code
 * plugin:NAME}.
 */
public final class FrontendHost implements AutoCloseable {
  static final String GATEWAY = "gateway.v0";
  private static final String DOCKERFILE = "dockerfile.v0";
  private static final String SOURCE = "source";
  private static final String PLUGIN = "plugin:";

  private final PluginFolder plugins;
  private final HostOptions options;
  private final KnownImages known;

  /**
   * @param state a folder for what is kept between two runs of the daemon; need not exist
   */
  public FrontendHost(PluginFolder plugins, HostOptions options, Path state) {
    this.plugins = plugins;
    this.options = options;
    this.known = new KnownImages(state);
  }

  HostOptions options() {
    return options;
  }

  KnownImages known() {
    return known;
  }

  /** The names that {@code --frontend} takes. */
  public List<String> names() {
    List<String> names = new ArrayList<>();
    plugins.list().forEach(plugin -> names.addAll(plugin.names()));
    names.add(GATEWAY);
    return names;
  }

  Result run(HostedBuild build, FrontendRequest request, int depth)
      throws FrontendException, InterruptedException {
    if (request.name().equals(GATEWAY)) {
      String source = request.options().getOrDefault(SOURCE, "");
      if (source.isEmpty()) {
        throw FrontendException.builder(Category.USER, "no source specified for gateway")
            .status(StatusCode.INVALID_ARGUMENT)
            .build();
      }
      if (source.startsWith(PLUGIN)) {
        Map<String, String> rest = new HashMap<>(request.options());
        rest.remove(SOURCE);
        FrontendRequest inner =
            new FrontendRequest(
                source.substring(PLUGIN.length()),
                rest,
                request.inputs(),
                request.cacheImports(),
                request.sourcePolicies());
        return plugin(build, inner, depth);
      }
      return image(build, request, source, depth);
    }
    if (request.name().equals(DOCKERFILE) && !options.dockerfileEnabled()) {
      throw FrontendException.builder(
              Category.ENVIRONMENT,
              "frontend dockerfile.v0 is disabled in this daemon's configuration")
          .code("frontend.disabled")
          .build();
    }
    return plugin(build, request, depth);
  }

  private Result plugin(HostedBuild build, FrontendRequest request, int depth)
      throws FrontendException, InterruptedException {
    Optional<LoadedPlugin> plugin = plugins.find(request.name());
    if (plugin.isEmpty()) {
      throw missing(request.name());
    }
    GatewayClients.Facts facts =
        new GatewayClients.Facts(
            request.options(), build.sessionId(), options.product(), build.workers());
    BuildGateway gateway = new BuildGateway(build, request.inputs(), depth);
    return new PluginRun(plugin.get(), build, facts, gateway).run();
  }

  private Result image(HostedBuild build, FrontendRequest request, String source, int depth)
      throws FrontendException, InterruptedException {
    if (!options.imagesEnabled()) {
      throw FrontendException.builder(
              Category.ENVIRONMENT,
              "frontends from images are disabled in this daemon's configuration")
          .code("frontend.disabled")
          .detail(new ErrorDetail.Frontend(GATEWAY, source))
          .build();
    }
    return new ImageRun(build, request, source, new BuildGateway(build, request.inputs(), depth))
        .run();
  }

  private FrontendException missing(String name) {
    FrontendException.Builder failure =
        FrontendException.builder(Category.USER, "frontend " + name + " not found")
            .status(StatusCode.NOT_FOUND)
            .code("frontend.not-found")
            .detail(new ErrorDetail.Frontend(name, ""));
    List<String> failures = plugins.failures();
    if (!failures.isEmpty()) {
      failure.hint("these plugins cannot be used: " + String.join("; ", failures));
    } else {
      failure.hint("this daemon has " + String.join(", ", names()));
    }
    return failure.build();
  }

  @Override
  public void close() {
    plugins.close();
  }
}
