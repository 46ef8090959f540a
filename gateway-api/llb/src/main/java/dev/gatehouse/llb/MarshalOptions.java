package dev.gatehouse.llb;

import dev.gatehouse.llb.oci.Platform;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
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
    return new MarshalOptions(null, null, uniqueId());
  }

  public MarshalOptions withPlatform(@Nullable Platform platform) {
    return new MarshalOptions(platform, capabilities, localUniqueId);
  }

  public MarshalOptions withCapabilities(@Nullable Predicate<String> capabilities) {
    return new MarshalOptions(platform, capabilities, localUniqueId);
  }

  /**
   * 128 bits in hex that no other call gives. They keep no secret, so they need no source of
   * randomness that would: to open that costs a short process dearly.
   */
  public static String uniqueId() {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    HexFormat hex = HexFormat.of();
    return hex.toHexDigits(random.nextLong()) + hex.toHexDigits(random.nextLong());
  }
}
