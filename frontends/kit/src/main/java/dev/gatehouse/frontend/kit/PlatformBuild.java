package dev.gatehouse.frontend.kit;

import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.Reference;
import dev.gatehouse.frontend.Result;
import dev.gatehouse.llb.json.Json;
import dev.gatehouse.llb.oci.ImageConfig;
import dev.gatehouse.llb.oci.Platform;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Builds each of the platforms asked for and puts what comes out into one result with the metadata
 * that exporters read.
 */
public final class PlatformBuild {
  private PlatformBuild() {}

  /**
   * What one platform's build comes to.
   *
   * @param reference its files; nothing for an empty file system
   * @param image its config
   * @param baseImage the config of the image it stands on; null if on none
   * @param epoch the time that its files and history bear; null if not said
   */
  public record Outcome(
      Optional<Reference> reference,
      ImageConfig image,
      @Nullable ImageConfig baseImage,
      @Nullable Instant epoch) {}

  /** Builds one platform. */
  @FunctionalInterface
  public interface Step {
    /**
     * Builds for a platform.
     *
     * @param platform null if the build names none
     * @param index place among the platforms; only the first is to warn
     */
    Outcome build(@Nullable Platform platform, int index)
        throws FrontendException, InterruptedException;
  }

  /** Builds all platforms, one after the other. */
  public static Result run(FrontendOptions options, Step step)
      throws FrontendException, InterruptedException {
    List<@Nullable Platform> targets = new ArrayList<>(options.targetPlatforms());
    if (targets.isEmpty()) {
      targets.add(null);
    }
    Result.Builder result = Result.builder();
    List<Object> platforms = new ArrayList<>();
    for (int i = 0; i < targets.size(); i++) {
      Platform target = targets.get(i);
      Outcome outcome = step.build(target, i);
      Platform platform = (target == null ? Platform.host() : target).normalized();
      String id = platform.formatAll();
      String suffix = "";
      if (options.multiPlatform()) {
        result.reference(id, outcome.reference());
        suffix = "/" + id;
      } else {
        result.reference(outcome.reference());
      }
      result.metadata("containerimage.config" + suffix, outcome.image().toBytes());
      if (outcome.baseImage() != null) {
        result.metadata("containerimage.base.config" + suffix, outcome.baseImage().toBytes());
      }
      if (outcome.epoch() != null) {
        result.metadata(
            "source.date.epoch" + suffix, Long.toString(outcome.epoch().getEpochSecond()));
      }
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put("ID", id);
      entry.put("Platform", extended(platform, outcome.image().platform()).toJson());
      platforms.add(entry);
    }
    result.metadata("refs.platforms", Json.bytes(Map.of("Platforms", platforms)));
    return result.build();
  }

  /**
   * For Windows, whose images say which version they need, the platform of the image where the
   * build says less.
   */
  private static Platform extended(Platform platform, Platform image) {
    if (!platform.os().equals("windows") || !image.os().equals("windows")) {
      return platform;
    }
    return new Platform(
            platform.os(),
            platform.architecture(),
            platform.variant(),
            platform.osVersion().isEmpty() ? image.osVersion() : platform.osVersion(),
            platform.osFeatures().isEmpty() ? image.osFeatures() : platform.osFeatures())
        .normalized();
  }
}
