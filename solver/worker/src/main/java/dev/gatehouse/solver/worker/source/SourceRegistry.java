package dev.gatehouse.solver.worker.source;

import dev.gatehouse.solver.core.ErrorCategory;
import dev.gatehouse.solver.core.SolveException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Finds the source that knows a scheme. */
public final class SourceRegistry {
  private final Map<String, Source> byScheme = new TreeMap<>();

  public SourceRegistry(List<Source> sources) {
    for (Source source : sources) {
      for (String scheme : source.schemes()) {
        if (byScheme.putIfAbsent(scheme, source) != null) {
          throw new IllegalArgumentException("two sources for the scheme " + scheme);
        }
      }
    }
  }

  /**
   * @throws SolveException with category USER if no source knows the scheme
   */
  public Source find(String scheme) throws SolveException {
    Source source = byScheme.get(scheme);
    if (source == null) {
      throw new SolveException(
          "source.unknown-scheme",
          ErrorCategory.USER,
          "unknown scheme " + scheme + "; known are " + String.join(", ", byScheme.keySet()));
    }
    return source;
  }
}
