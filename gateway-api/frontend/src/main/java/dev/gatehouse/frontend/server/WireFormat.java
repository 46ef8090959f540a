package dev.gatehouse.frontend.server;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.gatehouse.frontend.SourcePolicy;
import dev.gatehouse.protocol.sourcepolicy.Policy;

/** Records of the SDK that travel outside the gateway as well, as protobuf bytes. */
public final class WireFormat {
  private WireFormat() {}

  /** {@code moby.buildkit.v1.sourcepolicy.Policy}. */
  public static byte[] bytes(SourcePolicy policy) {
    return Wire.policy(policy).toByteArray();
  }

  /**
   * Reads {@code moby.buildkit.v1.sourcepolicy.Policy}.
   *
   * @throws IllegalArgumentException for bytes that are none, and for values that this version does
   *     not know
   */
  public static SourcePolicy policy(byte[] bytes) {
    try {
      return Wire.policy(Policy.parseFrom(bytes));
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException("unreadable source policy: " + e.getMessage(), e);
    }
  }
}
