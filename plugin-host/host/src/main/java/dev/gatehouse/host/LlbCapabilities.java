package dev.gatehouse.host;

import dev.gatehouse.frontend.CapabilitySet;
import dev.gatehouse.protocol.Capabilities;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * What definitions may contain: all that BuildKit announces but what this solver lacks, and two
 * features that BuildKit's contract names and its daemon forgets to announce.
 */
final class LlbCapabilities {
  static final Set<String> LACKING =
      Set.of(
          Capabilities.EXEC_META_CDI,
          Capabilities.EXEC_META_NETWORK_PROXY,
          Capabilities.EXEC_META_SECURITY_DEVICE_WHITELIST_V1,
          Capabilities.EXEC_MOUNT_BIND_READ_WRITE_NO_OUTPUT,
          Capabilities.REMOTE_CACHE_AZ_BLOB,
          Capabilities.REMOTE_CACHE_GHA,
          Capabilities.REMOTE_CACHE_S3,
          Capabilities.SESSION_EXPORTER,
          Capabilities.SOURCE_GIT_BUNDLE,
          Capabilities.SOURCE_GIT_CHECKOUT_BUNDLE,
          Capabilities.SOURCE_GIT_FETCH_BY_COMMIT,
          Capabilities.SOURCE_GIT_SIGNATURE_VERIFY,
          Capabilities.SOURCE_HTTP_SIGNATURE_VERIFY,
          Capabilities.SOURCE_IMAGE_BLOB,
          Capabilities.SOURCE_POLICY_SESSION);

  static final Set<String> UNANNOUNCED =
      Set.of(
          Capabilities.EXEC_META_REMOVE_MOUNT_STUBS_RECURSIVE,
          Capabilities.FILE_COPY_MODE_STRING_FORMAT);

  static final CapabilitySet ALL = CapabilitySet.ofIds(present());

  private LlbCapabilities() {}

  private static Set<String> present() {
    Set<String> ids = new LinkedHashSet<>(Capabilities.LLB);
    ids.removeAll(LACKING);
    ids.addAll(UNANNOUNCED);
    return ids;
  }
}
