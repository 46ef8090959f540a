package dev.gatehouse.solver.core;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * Takes the records of a build, for writing them where another solver can read them. Called for
 * each record once, inputs before what came of them.
 *
 * @param <T> what the exporter keeps of a record
 */
public interface CacheExport<R, T> {
  /**
   * Takes one record.
   *
   * @return what links to the record are given, empty if it cannot be exported
   */
  Optional<T> add(Record<R, T> record) throws SolveException, IOException, InterruptedException;

  /**
   * What is known about an edge.
   *
   * @param key the name of the operation, {@link CacheKeys#root} of its digest and output, or of
   *     content
   * @param inputs for each input the records that it may be found by; never empty for an input
   * @param result where the result lies, empty if the record only leads on
   * @param last whether it is of the result that is exported, not of something on the way to it
   * @param exportCache whether the result may be exported, if the definition says so
   */
  record Record<R, T>(
      Digest key,
      List<List<Link<T>>> inputs,
      Optional<Stored<R>> result,
      boolean last,
      Optional<Boolean> exportCache) {}

  /**
   * One way to an input.
   *
   * @param selector the part of the input that is read, empty for all and for content
   */
  record Link<T>(T record, Optional<Digest> selector) {}

  /**
   * A result with a record.
   *
   * @param cache where it is
   * @param record what to load it by
   */
  record Stored<R>(Cache<R> cache, CacheResult record) {}
}
