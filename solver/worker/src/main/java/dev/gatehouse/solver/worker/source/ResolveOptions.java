package dev.gatehouse.solver.worker.source;

import java.util.Optional;

/**
 * How a source is to be resolved.
 *
 * @param mode for images: {@code default}, {@code pull} to ask the registry in any case, {@code
 *     local} to prefer what is here; empty is {@code default}
 * @param config for images: whether the configuration is wanted beside the digest
 * @param returnObject for git: whether the commit and tag objects are wanted
 * @param checksum for http: a further checksum that is wanted of the content
 */
public record ResolveOptions(
    String mode, boolean config, boolean returnObject, Optional<ChecksumRequest> checksum) {
  public static final ResolveOptions DEFAULT =
      new ResolveOptions("", true, false, Optional.empty());

  /**
   * A checksum over the content followed by a suffix.
   *
   * @param algorithm sha256, sha384 or sha512
   */
  @SuppressWarnings("ArrayRecordComponent") // nobody compares these
  public record ChecksumRequest(String algorithm, byte[] suffix) {}
}
