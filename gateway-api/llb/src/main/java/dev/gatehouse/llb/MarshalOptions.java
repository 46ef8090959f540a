package dev.gatehouse.llb;

import dev.gatehouse.llb.oci.Platform;
import java.util.UUID;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What marshalling needs to know of the daemon and the build.
 *
 * @param platform the platform of operations that name none; null for the host's
 * @param capabilities whether the daemon has a capability; null if its capabilities are not known
 * @param localUniqueId tells local sources without session apart
 */
public record MarshalOptions(
    @Nullable Platform platform, @Nullable Predicate<String> capabilities, String localUniqueId) {
  /** Operations for the host's platform, for a daemon of which nothing is known. */
  public static MarshalOptions defaults() {
    return new MarshalOptions(null, null, UUID.randomUUID().toString().replace("-", ""));
  }

  public MarshalOptions withPlatform(@Nullable Platform platform) {
    return new MarshalOptions(platform, capabilities, localUniqueId);
  }

  public MarshalOptions withCapabilities(@Nullable Predicate<String> capabilities) {
    return new MarshalOptions(platform, capabilities, localUniqueId);
  }
}
