package dev.gatehouse.solver.core;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Looks for an edge in the caches: for each input, what its keys lead to; a key that all inputs
 * lead to is the edge's. Keys may be added for several inputs at once.
 */
final class CacheQuery<O, R> {
  private final ActiveVertex<O, R> active;
  private final int index;
  private final CacheMap<R> map;
  private final List<Cache<R>> caches;

  // Guarded by this. For each input: what it is known under, and what that leads to in which
  // caches.
  private final List<Set<CacheKey.Input<R>>> inputs = new ArrayList<>();
  private final List<Map<String, Set<Cache<R>>>> found = new ArrayList<>();

  CacheQuery(ActiveVertex<O, R> active, int index, CacheMap<R> map) {
    this.active = active;
    this.index = index;
    this.map = map;
    this.caches = active.caches();
    for (int i = 0; i < map.inputs().size(); i++) {
      inputs.add(new LinkedHashSet<>());
      found.add(new TreeMap<>());
    }
  }

  /** The keys of an operation without inputs. */
  List<CacheKey<R>> roots() {
    List<CacheKey<R>> keys = new ArrayList<>();
    keys.add(key(map.digest(), List.of()));
    for (Digest alternative : map.alternatives()) {
      keys.add(key(alternative, List.of()));
    }
    return keys;
  }

  /** Whether a cache knows a root; if so the key learns which. */
  boolean isKnown(CacheKey<R> root) {
    boolean known = false;
    for (Cache<R> cache : caches) {
      String name = CacheKeys.root(root.digest(), root.output());
      if (cache.storage().exists(name)) {
        root.named(cache, name);
        known = true;
      }
    }
    return known;
  }

  /** Pairs an input's own keys with the selector that this operation uses. */
  List<CacheKey.Input<R>> byDefinition(int input, List<CacheKey<R>> keys) {
    Optional<Digest> selector = map.inputs().get(input).selector();
    return keys.stream().map(key -> new CacheKey.Input<>(key, selector)).toList();
  }

  /** Says what an input is known under without looking for it. */
  synchronized void name(int input, List<CacheKey.Input<R>> keys) {
    inputs.get(input).addAll(keys);
  }

  /**
   * Looks for an input under further keys. Where one of its keys leads and another does not yet,
   * the other is recorded to lead too: they stand for the same.
   *
   * @return whether any cache knows the input so far
   */
  boolean add(int input, List<CacheKey.Input<R>> keys) {
    Map<String, Set<Cache<R>>> reached = new HashMap<>();
    for (Cache<R> cache : caches) {
      List<List<String>> targets = new ArrayList<>(keys.size());
      Set<String> all = new LinkedHashSet<>();
      for (CacheKey.Input<R> key : keys) {
        List<String> led = cache.storage().links(key.key().nameIn(cache), link(input, key));
        targets.add(led);
        all.addAll(led);
      }
      for (int k = 0; k < keys.size() && keys.size() > 1; k++) {
        Set<String> missing = new HashSet<>(all);
        targets.get(k).forEach(missing::remove);
        for (String target : missing) {
          CacheKey.Input<R> key = keys.get(k);
          cache.storage().addLink(key.key().nameIn(cache), link(input, key), target);
        }
      }
      all.forEach(name -> reached.computeIfAbsent(name, n -> new LinkedHashSet<>()).add(cache));
    }
    synchronized (this) {
      inputs.get(input).addAll(keys);
      reached.forEach((name, where) ->
          found.get(input).computeIfAbsent(name, n -> new LinkedHashSet<>()).addAll(where));
      return !found.get(input).isEmpty();
    }
  }

  private CacheLink link(int input, CacheKey.Input<R> key) {
    return new CacheLink(input, index, map.digest(), key.selector());
  }

  synchronized boolean isFound(int input) {
    return !found.get(input).isEmpty();
  }

  /** The keys that every input leads to, each with the caches that know it. */
  synchronized List<CacheKey<R>> matches() {
    if (found.isEmpty()) {
      return List.of();
    }
    List<CacheKey<R>> keys = new ArrayList<>();
    found
        .getFirst()
        .forEach((name, where) -> {
          Set<Cache<R>> common = new LinkedHashSet<>(where);
          for (Map<String, Set<Cache<R>>> other : found) {
            common.retainAll(other.getOrDefault(name, Set.of()));
          }
          if (!common.isEmpty()) {
            CacheKey<R> key = key();
            common.forEach(cache -> key.named(cache, name));
            keys.add(key);
          }
        });
    return keys;
  }

  /** The edge's key by all that its inputs are known under. */
  synchronized CacheKey<R> key() {
    return key(map.digest(), inputs.stream().map(List::copyOf).toList());
  }

  private CacheKey<R> key(Digest digest, List<List<CacheKey.Input<R>>> from) {
    return new CacheKey<>(digest, index, from, active.vertex().options().exportCache());
  }
}
