package dev.gatehouse.solver.worker.cache;

import dev.gatehouse.solver.core.ErrorCategory;
import dev.gatehouse.solver.core.SolveException;
import java.util.Map;
import java.util.Optional;

/**
 * Where a cache is to be read from or written to, as a client asks for it.
 *
 * @param type {@code registry}, {@code local} or {@code inline}
 * @param attributes what the type needs: {@code ref}, {@code src}, {@code dest}, {@code mode} and
 *     so on
 */
public record CacheLocation(String type, Map<String, String> attributes) {
  public CacheLocation {
    attributes = Map.copyOf(attributes);
  }

  Optional<String> attribute(String name) {
    return Optional.ofNullable(attributes.get(name)).filter(value -> !value.isEmpty());
  }

  boolean flag(String name, boolean otherwise) throws SolveException {
    Optional<String> value = attribute(name);
    if (value.isEmpty()) {
      return otherwise;
    }
    return switch (value.get()) {
      case "1", "t", "T", "true", "TRUE", "True" -> true;
      case "0", "f", "F", "false", "FALSE", "False" -> false;
      default -> throw invalid("failed to parse " + name + ": invalid value " + value.get());
    };
  }

  static SolveException invalid(String message) {
    return new SolveException("cache.invalid", ErrorCategory.USER, message);
  }
}
