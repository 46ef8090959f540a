package dev.gatehouse.frontend.kit;

import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.ImageResolveOptions;
import dev.gatehouse.frontend.Reference;
import dev.gatehouse.frontend.ResolvedImage;
import dev.gatehouse.frontend.SolveRequest;
import dev.gatehouse.frontend.SourceRequest;
import dev.gatehouse.llb.Constraints;
import dev.gatehouse.llb.Definition;
import dev.gatehouse.llb.HttpSource;
import dev.gatehouse.llb.ImageSource;
import dev.gatehouse.llb.LocalSource;
import dev.gatehouse.llb.MarshalOptions;
import dev.gatehouse.llb.OciLayoutSource;
import dev.gatehouse.llb.State;
import dev.gatehouse.llb.json.Json;
import dev.gatehouse.llb.json.JsonException;
import dev.gatehouse.llb.oci.Digest;
import dev.gatehouse.llb.oci.ImageConfig;
import dev.gatehouse.llb.oci.ImageReference;
import dev.gatehouse.llb.oci.Platform;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A context that the build gives to a name, in place of the image or stage of that name: an image,
 * a git repository, a file behind a URL, an image in an OCI layout, a folder of the client or an
 * input.
 */
public final class NamedContext {
  private static final int MAX_REPLACED = 10;

  private final BuildContext build;
  private final String name;
  private final String key;
  private final String input;
  private final @Nullable Platform platform;
  private final Supplier<List<String>> paths;

  NamedContext(
      BuildContext build,
      String name,
      String key,
      String input,
      @Nullable Platform platform,
      Supplier<List<String>> paths) {
    this.build = build;
    this.name = name;
    this.key = key;
    this.input = input;
    this.platform = platform;
    this.paths = paths;
  }

  /**
   * What a context holds.
   *
   * @param state its files
   * @param image the config of the image that it is; null if it is none
   */
  public record Loaded(State state, @Nullable ImageConfig image) {}

  /**
   * Finds what is behind the context; images are looked up, folders asked for their ignore file.
   */
  public Loaded load() throws FrontendException, InterruptedException {
    return load(0);
  }

  /**
   * @param replaced how often a source policy has put another source in the place of the one asked
   *     for
   */
  private Loaded load(int replaced) throws FrontendException, InterruptedException {
    if (replaced > MAX_REPLACED) {
      throw FrontendException.user(
          "context recursion limit exceeded; this may indicate a cycle in the provided source"
              + " policies: "
              + input);
    }
    int colon = input.indexOf(':');
    if (colon < 0) {
      throw FrontendException.user("invalid context specifier " + input + " for " + key);
    }
    String scheme = input.substring(0, colon);
    String rest = input.substring(colon + 1);
    if (scheme.startsWith("git@")) {
      scheme = "git";
    }
    return switch (scheme) {
      case "docker-image" -> image(rest.startsWith("//") ? rest.substring(2) : rest, replaced);
      case "git" ->
          new Loaded(
              MainContext.git(input, false, false)
                  .orElseThrow(() -> FrontendException.user("invalid git context " + input)),
              null);
      case "http", "https" -> download();
      case "oci-layout" -> ociLayout(rest.startsWith("//") ? rest.substring(2) : rest);
      case "local" -> local(rest);
      case "input" -> input(rest);
      default ->
          throw FrontendException.user("unsupported context source " + scheme + " for " + key);
    };
  }

  private Constraints constraints(String what, @Nullable Platform platform) {
    return Constraints.builder().name("[context " + key + "] " + what).platform(platform).build();
  }

  private Loaded download() throws FrontendException {
    Optional<State> git = MainContext.git(input, false, false);
    return new Loaded(
        git.orElseGet(() ->
            HttpSource.of(input).filename("context").constraints(constraints(input, null)).state()),
        null);
  }

  private Loaded image(String reference, int replaced)
      throws FrontendException, InterruptedException {
    if (reference.equals("scratch")) {
      return new Loaded(State.scratch(), null);
    }
    ImageReference named;
    try {
      named = ImageReference.parse(reference).withDefaultTag();
    } catch (IllegalArgumentException e) {
      throw Failures.of(e);
    }
    ResolvedImage resolved;
    try {
      resolved =
          build
              .gateway()
              .resolveImageConfig(
                  named.toString(),
                  new ImageResolveOptions(
                      platform,
                      build.options().resolveMode().id(),
                      "[context " + key + "] load metadata for " + reference,
                      null,
                      List.of()));
    } catch (FrontendException e) {
      if (!e.code().equals("gateway.not-an-image")) {
        throw e;
      }
      // A policy puts something else in the image's place.
      String other =
          build
              .resolveSource(SourceRequest.of("docker-image://" + named, Map.of()))
              .identifier()
              .replaceFirst("://", ":");
      return new NamedContext(build, name, key, other, platform, paths).load(replaced + 1);
    }
    ImageConfig config = parse(resolved.config());
    State state =
        ImageSource.of(resolved.reference())
            .constraints(constraints(reference, platform))
            .state()
            .withImageConfig(config);
    return new Loaded(state, config.withCreated(null));
  }

  private Loaded ociLayout(String reference) throws FrontendException, InterruptedException {
    int at = reference.indexOf('@');
    if (at < 0) {
      throw FrontendException.user("oci-layout reference " + quote(reference) + " has no digest");
    }
    String store = reference.substring(0, at);
    int tag = store.indexOf(':', store.lastIndexOf('/') + 1);
    if (tag >= 0) {
      store = store.substring(0, tag);
    }
    ImageReference stand;
    try {
      stand = ImageReference.parse(name).withDigest(new Digest(reference.substring(at + 1)));
    } catch (IllegalArgumentException e) {
      throw Failures.of("could not parse oci-layout reference " + quote(reference), e);
    }
    String session = build.gateway().options().sessionId();
    ResolvedImage resolved =
        build
            .gateway()
            .resolveImageConfig(
                stand.toString(),
                new ImageResolveOptions(
                    platform,
                    "",
                    "[context " + key + "] load metadata for " + stand,
                    new ImageResolveOptions.OciLayout(session, store),
                    List.of()));
    ImageConfig config = parse(resolved.config());
    State state =
        OciLayoutSource.of(stand.toString())
            .store(session, store)
            .constraints(constraints("OCI load from client", platform))
            .state()
            .withImageConfig(config);
    return new Loaded(state, config);
  }

  private static String quote(String text) {
    return GoValues.quote(text);
  }

  private Loaded local(String local) throws FrontendException, InterruptedException {
    String session = build.session(local);
    State ignore =
        LocalSource.of(local)
            .session(session)
            .followPaths(List.of(BuildContext.IGNORE_FILE))
            .sharedKeyHint("context:" + key + "-" + BuildContext.IGNORE_FILE)
            .withoutDiffer(false)
            .constraints(constraints("load " + BuildContext.IGNORE_FILE, null))
            .state();
    Reference reference =
        build
            .gateway()
            .solve(
                SolveRequest.builder()
                    .definition(ignore.marshal(MarshalOptions.defaults()))
                    .evaluate(true)
                    .build())
            .singleReference();
    List<String> excludes;
    try {
      excludes =
          BuildContext.tryRead(reference, BuildContext.IGNORE_FILE)
              .map(IgnoreFile::read)
              .orElse(List.of());
    } catch (IllegalArgumentException e) {
      throw Failures.of("failed parsing " + BuildContext.IGNORE_FILE, e);
    }
    String sharedKey = "context:" + key + "-" + build.options().option("sharedkey:localdir:" + key);
    State state =
        State.deferred(() ->
            LocalSource.of(local)
                .session(session)
                .sharedKeyHint(sharedKey)
                .excludePatterns(excludes)
                .followPaths(paths.get())
                .constraints(constraints("load from client", null))
                .state());
    return new Loaded(state, null);
  }

  private Loaded input(String input) throws FrontendException, InterruptedException {
    Definition definition = build.inputs().get(input);
    if (definition == null) {
      throw FrontendException.user("invalid input " + input + " for " + key);
    }
    State state = State.of(definition);
    Optional<String> metadata = build.options().find("input-metadata:" + input);
    if (metadata.isEmpty()) {
      return new Loaded(state, null);
    }
    byte[] config = null;
    try {
      if (Json.parse(metadata.get()) instanceof Map<?, ?> members
          && members.get("containerimage.config") instanceof String base64) {
        config = Base64.getDecoder().decode(base64);
      }
    } catch (IllegalArgumentException e) {
      throw Failures.of("failed to parse input metadata " + metadata.get(), e);
    }
    if (config == null) {
      return new Loaded(state, null);
    }
    ImageConfig image = parse(config);
    return new Loaded(state.withImageConfig(image), image);
  }

  private ImageConfig parse(byte[] config) throws FrontendException {
    try {
      return ImageConfig.parse(config);
    } catch (JsonException e) {
      throw Failures.of("failed to parse image config for " + key, e);
    }
  }
}
