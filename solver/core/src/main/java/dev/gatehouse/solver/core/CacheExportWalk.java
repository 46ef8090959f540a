package dev.gatehouse.solver.core;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Walks the keys below an outcome for an exporter.
 *
 * <p>A build that found everything by definition never learned the content keys that an earlier one
 * recorded; they are added from the storage, because elsewhere they may be all that matches.
 */
final class CacheExportWalk<R, T> {
  private final CacheExport<R, T> export;
  private final Map<CacheKey<R>, Optional<T>> done = new IdentityHashMap<>();
  private final Map<String, Optional<T>> roots = new HashMap<>();

  CacheExportWalk(CacheExport<R, T> export) {
    this.export = export;
  }

  /** Inputs first, without recursion. */
  void walk(ActiveEdge.Outcome<R> outcome)
      throws SolveException, IOException, InterruptedException {
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
          done.put(key, add(key, outcome.keys().contains(key)));
        }
      }
    }
  }

  private Optional<T> add(CacheKey<R> key, boolean last)
      throws SolveException, IOException, InterruptedException {
    if (key.digest().algorithm().equals("random")) {
      return Optional.empty(); // Nobody will compute this key again.
    }
    String root = CacheKeys.root(key.digest(), key.output());
    if (key.inputs().isEmpty()) {
      return root(root, key.caches(), last, key.exportCache());
    }
    List<List<CacheExport.Link<T>>> inputs = new ArrayList<>();
    for (int i = 0; i < key.inputs().size(); i++) {
      List<CacheExport.Link<T>> links = links(key, i);
      if (links.isEmpty()) {
        return Optional.empty();
      }
      inputs.add(links);
    }
    Optional<CacheExport.Stored<R>> result = Optional.empty();
    for (Cache<R> cache : key.caches()) {
      result = newest(result, cache, key.nameIn(cache));
    }
    return export.add(
        new CacheExport.Record<>(Digest.parse(root), inputs, result, last, key.exportCache()));
  }

  private List<CacheExport.Link<T>> links(CacheKey<R> key, int input)
      throws SolveException, IOException, InterruptedException {
    List<CacheExport.Link<T>> links = new ArrayList<>();
    Set<String> known = new HashSet<>();
    for (CacheKey.Input<R> alternative : key.inputs().get(input)) {
      for (Cache<R> cache : key.caches()) {
        known.add(alternative.key().nameIn(cache));
      }
      done.getOrDefault(alternative.key(), Optional.empty())
          .ifPresent(record -> links.add(new CacheExport.Link<>(record, alternative.selector())));
    }
    for (Cache<R> cache : key.caches()) {
      for (CacheStorage.Backlink back : cache.storage().backlinks(key.nameIn(cache))) {
        if (back.link().input() == input
            && back.link().output() == key.output()
            && back.link().digest().equals(key.digest())
            && back.key().startsWith("sha256:")
            && known.add(back.key())
            && cache.storage().backlinks(back.key()).isEmpty()) {
          root(back.key(), List.of(cache), false, Optional.empty())
              .ifPresent(
                  record -> links.add(new CacheExport.Link<>(record, back.link().selector())));
        }
      }
    }
    return links;
  }

  private Optional<T> root(
      String name, List<Cache<R>> caches, boolean last, Optional<Boolean> exportCache)
      throws SolveException, IOException, InterruptedException {
    Optional<T> known = roots.get(name);
    if (known != null) {
      return known;
    }
    Optional<CacheExport.Stored<R>> result = Optional.empty();
    for (Cache<R> cache : caches) {
      result = newest(result, cache, name);
    }
    Optional<T> added =
        export.add(
            new CacheExport.Record<>(Digest.parse(name), List.of(), result, last, exportCache));
    roots.put(name, added);
    return added;
  }

  private static <R> Optional<CacheExport.Stored<R>> newest(
      Optional<CacheExport.Stored<R>> found, Cache<R> cache, String name) {
    Optional<CacheExport.Stored<R>> newest = found;
    for (CacheResult record : cache.storage().results(name)) {
      if (cache.results().exists(record.id())
          && (newest.isEmpty() || record.createdAt().isAfter(newest.get().record().createdAt()))) {
        newest = Optional.of(new CacheExport.Stored<>(cache, record));
      }
    }
    return newest;
  }
}
