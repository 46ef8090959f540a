package dev.gatehouse.solver.worker.source;

import dev.gatehouse.llb.oci.Platform;
import dev.gatehouse.solver.core.ErrorCategory;
import dev.gatehouse.solver.core.SolveException;
import java.util.Map;

/**
 * A source operation.
 *
 * @param scheme what stands before {@code ://}
 * @param reference what stands after it
 * @param attributes the operation's attributes, {@code image.resolvemode} and the like
 * @param platform the platform that is wanted
 */
public record SourceRequest(
    String scheme, String reference, Map<String, String> attributes, Platform platform) {
  public SourceRequest {
    attributes = Map.copyOf(attributes);
  }

  /** Splits an identifier. */
  public static SourceRequest of(
      String identifier, Map<String, String> attributes, Platform platform) throws SolveException {
    int end = identifier.indexOf("://");
    if (end <= 0) {
      throw new SolveException(
          "source.invalid", ErrorCategory.USER, "failed to parse " + identifier + ": invalid");
    }
    return new SourceRequest(
        identifier.substring(0, end), identifier.substring(end + 3), attributes, platform);
  }

  /** The whole identifier, {@code scheme://reference}. */
  public String identifier() {
    return scheme + "://" + reference;
  }
}
