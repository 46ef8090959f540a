package dev.gatehouse.solver.worker.source;

import java.util.List;

/**
 * Which version of a source is meant.
 *
 * @param key equal for equal content; enters the cache key. As BuildKit writes it where caches are
 *     interchanged. A key that begins with {@code session:} is never found again by another build.
 * @param alternatives further keys that stand for the same content, for an image that of its
 *     configuration
 * @param pin the version for people and provenance: a digest, a commit; empty if there is none
 */
public record SourceKey(String key, List<String> alternatives, String pin) {
  public SourceKey {
    alternatives = List.copyOf(alternatives);
  }

  public static SourceKey of(String key, String pin) {
    return new SourceKey(key, List.of(), pin);
  }
}
