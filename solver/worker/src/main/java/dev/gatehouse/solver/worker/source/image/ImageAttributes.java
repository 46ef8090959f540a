package dev.gatehouse.solver.worker.source.image;

import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.core.ErrorCategory;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.store.RecordType;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The attributes of an image source.
 *
 * @param mode whether the registry or the worker's own images decide
 * @param recordType how the record is listed
 * @param layerLimit how many layers to take, from the lowest
 * @param checksum what the root must be
 */
public record ImageAttributes(
    Mode mode,
    Optional<RecordType> recordType,
    Optional<Integer> layerLimit,
    Optional<Digest> checksum) {

  /** Whether the registry or the worker's own images decide what a name stands for. */
  public enum Mode {
    DEFAULT,
    FORCE_PULL,
    PREFER_LOCAL;

    static Mode parse(String value) throws SolveException {
      return switch (value) {
        case "", "default" -> DEFAULT;
        case "pull" -> FORCE_PULL;
        case "local" -> PREFER_LOCAL;
        default -> throw invalid("invalid resolvemode: " + value);
      };
    }
  }

  /** Reads those of {@code docker-image://}. */
  static ImageAttributes ofImage(Map<String, String> attributes) throws SolveException {
    Optional<Digest> checksum = Optional.empty();
    String sum = attributes.get("image.checksum");
    if (sum != null) {
      try {
        checksum = Optional.of(Digest.parse(sum));
      } catch (IllegalArgumentException e) {
        throw invalid("invalid image checksum " + sum);
      }
    }
    return new ImageAttributes(
        Mode.parse(attributes.getOrDefault("image.resolvemode", "")),
        recordType(attributes.getOrDefault("image.recordtype", "")),
        limit(attributes.get("image.layerlimit")),
        checksum);
  }

  /** Reads those of {@code oci-layout://}. */
  public static ImageAttributes ofLayout(Map<String, String> attributes) throws SolveException {
    return new ImageAttributes(
        Mode.FORCE_PULL,
        Optional.empty(),
        limit(attributes.get("oci.layerlimit")),
        Optional.empty());
  }

  private static Optional<RecordType> recordType(String value) throws SolveException {
    return switch (value) {
      case "", "regular" -> Optional.empty();
      case "internal" -> Optional.of(RecordType.INTERNAL);
      case "frontend" -> Optional.of(RecordType.FRONTEND);
      default -> throw invalid("invalid record type " + value);
    };
  }

  private static Optional<Integer> limit(@Nullable String value) throws SolveException {
    if (value == null) {
      return Optional.empty();
    }
    if (!value.matches("[0-9]{1,6}") || Integer.parseInt(value) == 0) {
      throw invalid("invalid layer limit " + value);
    }
    return Optional.of(Integer.parseInt(value));
  }

  private static SolveException invalid(String message) {
    return new SolveException("source.attribute", ErrorCategory.USER, message);
  }
}
