package dev.gatehouse.frontend.kit;

import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.GatewayCapabilities;
import dev.gatehouse.frontend.GatewayClient;
import dev.gatehouse.frontend.Reference;
import dev.gatehouse.frontend.SolveRequest;
import dev.gatehouse.frontend.SourceMetadata;
import dev.gatehouse.frontend.SourceRequest;
import dev.gatehouse.llb.Constraints;
import dev.gatehouse.llb.Definition;
import dev.gatehouse.llb.LocalSource;
import dev.gatehouse.llb.MarshalOptions;
import dev.gatehouse.llb.SlashPath;
import dev.gatehouse.llb.SourceMap;
import dev.gatehouse.llb.State;
import dev.gatehouse.llb.oci.Digest;
import dev.gatehouse.llb.oci.ImageReference;
import dev.gatehouse.llb.oci.Platform;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where a build gets its files from: the file to convert, the main context with its ignore file,
 * and contexts by name.
 *
 * <p>Contexts are folders of the client, git repositories, archives behind a URL, or inputs handed
 * over by the caller of the frontend. Nothing is transferred before it is asked for; the ignore
 * file is read once. Safe for use by several threads.
 */
public final class BuildContext {
  static final String IGNORE_FILE = ".dockerignore";
  private static final String DOCKERFILE = "Dockerfile";

  private final GatewayClient gateway;
  private final FrontendOptions options;
  private @Nullable MainContext main;
  private byte @Nullable [] ignoreFile;
  private String ignoreFileName = IGNORE_FILE;

  private BuildContext(GatewayClient gateway, FrontendOptions options) {
    this.gateway = gateway;
    this.options = options;
  }

  /** The contexts of a build. */
  public static BuildContext of(GatewayClient gateway, FrontendOptions options) {
    return new BuildContext(gateway, options);
  }

  GatewayClient gateway() {
    return gateway;
  }

  FrontendOptions options() {
    return options;
  }

  /** How definitions of this build that load files are marshalled. */
  MarshalOptions marshalOptions() {
    return MarshalOptions.defaults()
        .withCapabilities(gateway.options().gatewayCapabilities()::supports);
  }

  private synchronized MainContext main() throws FrontendException, InterruptedException {
    if (main == null) {
      main = MainContext.detect(this);
    }
    return main;
  }

  /** The name of the file to convert. */
  public String filename() throws FrontendException, InterruptedException {
    return main().filename();
  }

  String session(String local) {
    return options.localSessions().getOrDefault(local, gateway.options().sessionId());
  }

  /**
   * Reads the file to convert, and its own ignore file if there is one.
   *
   * @param language its language in GitHub's linguist
   */
  public SourceFile readEntrypoint(String language) throws FrontendException, InterruptedException {
    MainContext context = main();
    String filename = context.filename();
    boolean standardName = SlashPath.base(filename).equals(DOCKERFILE);
    String lowerCase =
        SlashPath.join(SlashPath.directory(filename), DOCKERFILE.toLowerCase(Locale.ROOT));
    State source = context.dockerfile();
    if (source == null) {
      List<String> paths = new ArrayList<>(List.of(filename, filename + IGNORE_FILE));
      if (standardName) {
        paths.add(lowerCase);
      }
      String local = context.dockerfileLocal();
      source =
          LocalSource.of(local)
              .followPaths(paths)
              .session(session(local))
              .sharedKeyHint(local)
              .withoutDiffer(false)
              .constraints(internal("load build definition from " + filename))
              .state();
    }
    Definition definition = source.marshal(marshalOptions());
    Reference reference;
    try {
      reference = gateway.solve(SolveRequest.of(definition)).singleReference();
    } catch (FrontendException e) {
      throw Failures.wrap("failed to resolve dockerfile", e);
    }
    byte[] content;
    try {
      content = reference.readFile(filename);
    } catch (FrontendException e) {
      Optional<byte[]> other = standardName ? tryRead(reference, lowerCase) : Optional.empty();
      content = other.orElseThrow(() -> Failures.wrap("failed to read dockerfile", e));
    }
    Optional<byte[]> ownIgnoreFile = tryRead(reference, filename + IGNORE_FILE);
    if (ownIgnoreFile.isPresent()) {
      setIgnoreFile(filename + IGNORE_FILE, ownIgnoreFile.get());
    }
    Digest vertex =
        definition
            .head()
            .orElseThrow(
                () -> FrontendException.internal("the build definition comes from nowhere"));
    return new SourceFile(new SourceMap(filename, language, content, definition), vertex);
  }

  static Optional<byte[]> tryRead(Reference reference, String path) throws InterruptedException {
    try {
      return Optional.of(reference.readFile(path));
    } catch (FrontendException e) {
      // Absent is the usual case, and a file that cannot be read ignores nothing, as in BuildKit.
      return Optional.empty();
    }
  }

  private synchronized void setIgnoreFile(String name, byte[] content) {
    ignoreFile = content;
    ignoreFileName = name;
  }

  static Constraints internal(String name) {
    return Constraints.builder().name("[internal] " + name).build();
  }

  /** The patterns of the ignore file; none if the context is no folder of the client. */
  public List<String> ignorePatterns() throws FrontendException, InterruptedException {
    MainContext context = main();
    return context.state() == null ? ignorePatterns(context) : List.of();
  }

  private synchronized List<String> ignorePatterns(MainContext context)
      throws FrontendException, InterruptedException {
    byte[] content = ignoreFile;
    if (content == null) {
      String local = context.contextLocal();
      State state =
          LocalSource.of(local)
              .session(session(local))
              .followPaths(List.of(IGNORE_FILE))
              .sharedKeyHint(local + "-" + IGNORE_FILE)
              .withoutDiffer(false)
              .constraints(internal("load " + IGNORE_FILE))
              .state();
      Reference reference =
          gateway.solve(SolveRequest.of(state.marshal(marshalOptions()))).singleReference();
      content = tryRead(reference, IGNORE_FILE).orElse(new byte[0]);
      setIgnoreFile(IGNORE_FILE, content);
    }
    try {
      return IgnoreFile.read(content);
    } catch (IllegalArgumentException e) {
      throw Failures.of("failed parsing " + ignoreFileName, e);
    }
  }

  /**
   * The main context.
   *
   * @param paths for a folder of the client, the only paths that are needed; empty for all
   */
  public State mainContext(List<String> paths) throws FrontendException, InterruptedException {
    MainContext context = main();
    State state = context.state();
    if (state != null) {
      return state;
    }
    List<String> excludes;
    try {
      excludes = ignorePatterns(context);
    } catch (FrontendException e) {
      throw Failures.wrap("failed to read dockerignore patterns", e);
    }
    String local = context.contextLocal();
    return LocalSource.of(local)
        .session(session(local))
        .excludePatterns(excludes)
        .sharedKeyHint(local)
        .followPaths(paths)
        .constraints(internal("load build context"))
        .state();
  }

  /**
   * The context that the build gives to a name, if it gives one.
   *
   * @param name the name of an image or stage
   * @param platform the platform that it is wanted for; null for the build's
   * @param paths asked, when the graph is marshalled, for the paths that are needed; none for all
   */
  public Optional<NamedContext> named(
      String name, @Nullable Platform platform, Supplier<List<String>> paths)
      throws FrontendException {
    ImageReference reference;
    try {
      reference = ImageReference.parse(name);
    } catch (IllegalArgumentException e) {
      throw Failures.of("invalid context name " + name, e);
    }
    String familiar = reference.familiar();
    String plain =
        familiar.endsWith(":latest")
            ? familiar.substring(0, familiar.length() - ":latest".length())
            : familiar;
    Platform wanted = platform == null ? Platform.host() : platform;
    Optional<NamedContext> forPlatform =
        find(plain, plain + "::" + wanted.normalized().formatAll(), platform, paths);
    return forPlatform.isPresent() ? forPlatform : find(plain, plain, platform, paths);
  }

  Optional<NamedContext> find(
      String name, String key, @Nullable Platform platform, Supplier<List<String>> paths) {
    return options
        .find("context:" + key)
        .map(input -> new NamedContext(this, name, key, input, platform, paths));
  }

  /** Builds a state and reads a file of it. */
  public byte[] read(State state, String path) throws FrontendException, InterruptedException {
    return gateway
        .solve(SolveRequest.of(state.marshal(marshalOptions())))
        .singleReference()
        .readFile(path);
  }

  /** Looks up the facts that pin a source. */
  public SourceMetadata resolveSource(SourceRequest request)
      throws FrontendException, InterruptedException {
    return gateway.resolveSourceMetadata(request);
  }

  /** The definitions that the caller of the frontend handed over; none if the server knows none. */
  public Map<String, Definition> inputs() throws FrontendException, InterruptedException {
    if (!gateway.options().gatewayCapabilities().supports(GatewayCapabilities.FRONTEND_INPUTS)) {
      return Map.of();
    }
    try {
      Map<String, Definition> inputs = gateway.inputs();
      for (Definition input : inputs.values()) {
        if (input.ops().isEmpty()) {
          throw FrontendException.user("invalid nil input definition to definition op");
        }
      }
      return inputs;
    } catch (FrontendException e) {
      throw Failures.wrap("failed to get frontend inputs", e);
    }
  }
}
