package dev.gatehouse.frontend;

import dev.gatehouse.llb.oci.Platform;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How an image reference is resolved.
 *
 * @param platformOrNull whose config is wanted; absent for the worker's own
 * @param resolveMode {@code default}, {@code pull}, {@code local} or empty
 * @param logName the line shown while resolving, such as {@code [internal] load metadata for
 *     alpine}
 * @param ociLayoutOrNull set for an image in a client's OCI layout instead of a registry
 * @param sourcePolicies rules that may forbid or replace the image
 */
public record ImageResolveOptions(
    @Nullable Platform platformOrNull,
    String resolveMode,
    String logName,
    @Nullable OciLayout ociLayoutOrNull,
    List<SourcePolicy> sourcePolicies) {

  /**
   * Where an OCI layout is.
   *
   * @param sessionId the session that serves it, empty for the build's own
   * @param storeId the name of the layout in that session, empty for the reference's own repository
   *     name
   */
  public record OciLayout(String sessionId, String storeId) {
    public OciLayout {
      Objects.requireNonNull(sessionId, "sessionId");
      Objects.requireNonNull(storeId, "storeId");
    }
  }

  public ImageResolveOptions {
    Objects.requireNonNull(resolveMode, "resolveMode");
    Objects.requireNonNull(logName, "logName");
    sourcePolicies = List.copyOf(sourcePolicies);
  }

  /** From a registry, for the worker's own platform. */
  public static ImageResolveOptions defaults() {
    return new ImageResolveOptions(null, "", "", null, List.of());
  }

  /** From a registry, for a platform. */
  public static ImageResolveOptions of(Platform platform) {
    return new ImageResolveOptions(platform, "", "", null, List.of());
  }

  public Optional<Platform> platform() {
    return Optional.ofNullable(platformOrNull);
  }

  public Optional<OciLayout> ociLayout() {
    return Optional.ofNullable(ociLayoutOrNull);
  }

  public ImageResolveOptions withResolveMode(String mode) {
    return new ImageResolveOptions(platformOrNull, mode, logName, ociLayoutOrNull, sourcePolicies);
  }

  public ImageResolveOptions withLogName(String name) {
    return new ImageResolveOptions(
        platformOrNull, resolveMode, name, ociLayoutOrNull, sourcePolicies);
  }

  public ImageResolveOptions withOciLayout(OciLayout layout) {
    return new ImageResolveOptions(platformOrNull, resolveMode, logName, layout, sourcePolicies);
  }
}
