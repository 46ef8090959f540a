package dev.gatehouse.solver.core;

import java.util.List;

/**
 * How an operation is cached: its own digest, and a rule for each input.
 *
 * @param digest the checksum of all that decides the result besides the inputs, for example the
 *     manifest digest of an image or the commit of a git source
 * @param inputs one rule for each input of the vertex, in the same order
 * @param alternatives for operations without inputs: further digests that stand for the same
 *     result, for example that of an image's configuration; a record found under any of them is a
 *     hit, and a result is recorded under all
 */
public record CacheMap<R>(
    Digest digest, List<InputCacheRule<R>> inputs, List<Digest> alternatives) {
  public CacheMap {
    inputs = List.copyOf(inputs);
    alternatives = List.copyOf(alternatives);
    if (!alternatives.isEmpty() && !inputs.isEmpty()) {
      throw new IllegalArgumentException("only operations without inputs have alternative digests");
    }
  }

  public CacheMap(Digest digest, List<InputCacheRule<R>> inputs) {
    this(digest, inputs, List.of());
  }
}
