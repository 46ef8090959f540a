package dev.gatehouse.solver.core;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
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
   * @param key the name of the operation, {@link CacheKeys#root} of its digest and output, or of
   *     content
   * @param inputs for each input the records that it may be found by
   * @param result where the result lies, empty if the record only leads on
   */
  T add(Digest key, List<List<Link<T>>> inputs, Optional<Stored<R>> result)
      throws SolveException, InterruptedException;

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
   * @param vertex the vertex it came of, if that is part of this build
   */
  record Stored<R>(Cache<R> cache, CacheResult record, Instant createdAt) {}

  /** What the exporter keeps of the records of the result itself. */
  record Exported<T>(List<T> records) {
    public Exported {
      records = List.copyOf(records);
    }
  }

  /** Walks the keys below an outcome. */
  static <R, T> Exported<T> walk(ActiveEdge.Outcome<R> outcome, CacheExport<R, T> export)
      throws SolveException, InterruptedException {
    Map<CacheKey<R>, T> done = new IdentityHashMap<>();
    List<T> records = new ArrayList<>();
    for (CacheKey<R> last : outcome.keys()) {
      Deque<CacheKey<R>> open = new ArrayDeque<>();
      open.push(last);
      while (!open.isEmpty()) {
        CacheKey<R> key = open.peek();
        if (done.containsKey(key)) {
          open.pop();
          continue;
        }
        boolean ready = true;
        for (List<CacheKey.Input<R>> alternatives : key.inputs()) {
          for (CacheKey.Input<R> input : alternatives) {
            if (!done.containsKey(input.key())) {
              open.push(input.key());
              ready = false;
            }
          }
        }
        if (ready) {
          open.pop();
          done.put(key, add(key, done, export));
        }
      }
      T record = done.get(last);
      if (record != null) {
        records.add(record);
      }
    }
    return new Exported<>(records);
  }

  private static <R, T> T add(CacheKey<R> key, Map<CacheKey<R>, T> done, CacheExport<R, T> export)
      throws SolveException, InterruptedException {
    List<List<Link<T>>> inputs = new ArrayList<>();
    for (List<CacheKey.Input<R>> alternatives : key.inputs()) {
      List<Link<T>> links = new ArrayList<>();
      for (CacheKey.Input<R> input : alternatives) {
        T record = done.get(input.key());
        if (record != null) {
          links.add(new Link<>(record, input.selector()));
        }
      }
      inputs.add(links);
    }
    Optional<Stored<R>> result = Optional.empty();
    for (Cache<R> cache : key.caches()) {
      for (CacheResult record : cache.storage().results(key.nameIn(cache))) {
        if (cache.results().exists(record.id())
            && (result.isEmpty() || record.createdAt().isAfter(result.get().createdAt()))) {
          result = Optional.of(new Stored<>(cache, record, record.createdAt()));
        }
      }
    }
    return export.add(Digest.parse(CacheKeys.root(key.digest(), key.output())), inputs, result);
  }
}
