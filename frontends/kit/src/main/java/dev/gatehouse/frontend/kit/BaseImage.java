package dev.gatehouse.frontend.kit;

import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.ImageResolveOptions;
import dev.gatehouse.frontend.ResolvedImage;
import dev.gatehouse.llb.Constraints;
import dev.gatehouse.llb.ImageSource;
import dev.gatehouse.llb.State;
import dev.gatehouse.llb.oci.ImageConfig;
import dev.gatehouse.llb.oci.Platform;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a build stands on: an image that is looked up and pinned by its digest, the context that the
 * build gives to its name, or nothing.
 *
 * @param state its files, with the environment, user and working directory that its config names
 * @param config its config
 */
public record BaseImage(State state, ImageConfig config) {
  /** The name of the empty base. */
  public static final String SCRATCH = "scratch";

  /**
   * Looks a base up by name.
   *
   * @param name an image's reference, or {@value #SCRATCH}
   * @param platform null for the platform that the build runs on
   * @param constraints of the operation that loads it: its name in the progress, its source lines
   */
  public static BaseImage load(
      BuildContext context, String name, @Nullable Platform platform, Constraints constraints)
      throws FrontendException, InterruptedException {
    FrontendOptions options = context.options();
    Platform wanted = platform == null ? options.buildPlatforms().get(0) : platform;
    ImageConfig nothing = ImageConfig.empty(wanted);
    if (name.equals(SCRATCH)) {
      return new BaseImage(State.scratch(), nothing);
    }
    Optional<NamedContext> named = context.named(name, platform, List::of);
    if (named.isPresent()) {
      NamedContext.Loaded loaded = named.get().load();
      ImageConfig config = loaded.image();
      return config == null
          ? new BaseImage(loaded.state(), nothing)
          : new BaseImage(loaded.state().withImageConfig(config), config);
    }
    ResolvedImage resolved =
        context
            .gateway()
            .resolveImageConfig(
                name,
                new ImageResolveOptions(
                    platform,
                    options.resolveMode().id(),
                    "[internal] load metadata for " + name,
                    null,
                    List.of()));
    ImageConfig config;
    try {
      config = ImageConfig.parse(resolved.config());
    } catch (IllegalArgumentException e) {
      throw Failures.of("config of " + name, e);
    }
    State state =
        ImageSource.of(pinned(resolved))
            .resolveMode(options.resolveMode())
            .constraints(constraints)
            .state();
    return new BaseImage(state.withImageConfig(config), config);
  }

  private static String pinned(ResolvedImage image) {
    String reference = image.reference();
    return image.digest().isEmpty() || reference.contains("@")
        ? reference
        : reference + "@" + image.digest();
  }
}
