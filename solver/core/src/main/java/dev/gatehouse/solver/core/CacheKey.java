package dev.gatehouse.solver.core;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What a result is found by: an operation's digest and, for each of its inputs, the keys that the
 * input is known under (by definition, by content). Each cache names the key in its own way; equal
 * keys get the same name in one cache.
 */
final class CacheKey<R> {
  private final Digest digest;
  private final int output;
  private final List<List<Input<R>>> inputs;
  private final Optional<Boolean> exportCache;
  private final Map<Cache<R>, String> names = new ConcurrentHashMap<>();

  /** The key of content. */
  static <R> CacheKey<R> ofContent(Digest digest) {
    return new CacheKey<>(digest, CacheKeys.CONTENT, List.of(), Optional.empty());
  }

  /**
   * @param inputs for each input the keys that it is known under
   * @param exportCache whether the result may be exported, as its vertex says
   */
  CacheKey(Digest digest, int output, List<List<Input<R>>> inputs, Optional<Boolean> exportCache) {
    this.digest = digest;
    this.output = output;
    this.inputs = inputs;
    this.exportCache = exportCache;
  }

  Optional<Boolean> exportCache() {
    return exportCache;
  }

  Digest digest() {
    return digest;
  }

  int output() {
    return output;
  }

  List<List<Input<R>>> inputs() {
    return inputs;
  }

  /** Says how a cache names this key, as learned from a query. */
  CacheKey<R> named(Cache<R> cache, String name) {
    names.put(cache, name);
    return this;
  }

  /**
   * Whether a name in the cache is known; if not, the key may still be found there through its
   * inputs.
   */
  boolean isNamedIn(Cache<R> cache) {
    return names.containsKey(cache);
  }

  /** The caches that are known to name this key. */
  List<Cache<R>> caches() {
    return List.copyOf(names.keySet());
  }

  /**
   * How a cache names this key: as the cache knows it already, or else a name computed from its
   * inputs' names.
   */
  String nameIn(Cache<R> cache) {
    String known = names.get(cache);
    if (known != null) {
      return known;
    }
    // A chain of keys may be thousands long: no recursion.
    Deque<CacheKey<R>> open = new ArrayDeque<>();
    open.push(this);
    while (!open.isEmpty()) {
      CacheKey<R> key = open.peek();
      boolean ready = true;
      if (!key.names.containsKey(cache)) {
        for (List<Input<R>> alternatives : key.inputs) {
          for (Input<R> input : alternatives) {
            if (!input.key.names.containsKey(cache)) {
              open.push(input.key);
              ready = false;
            }
          }
        }
      }
      if (ready) {
        open.pop();
        key.names.computeIfAbsent(cache, key::computeName);
      }
    }
    return nameIn(cache);
  }

  private String computeName(Cache<R> cache) {
    if (inputs.isEmpty()) {
      return CacheKeys.root(digest, output);
    }
    TreeSet<String> candidates = new TreeSet<>();
    List<String> first = new ArrayList<>();
    for (int i = 0; i < inputs.size(); i++) {
      TreeSet<String> reached = new TreeSet<>();
      for (Input<R> input : inputs.get(i)) {
        reached.addAll(cache.storage().links(input.key.nameIn(cache), link(i, input)));
      }
      if (i == 0) {
        candidates.addAll(reached);
      } else {
        candidates.retainAll(reached);
      }
      Input<R> representative = inputs.get(i).getFirst();
      first.add(
          representative.key.nameIn(cache) + representative.selector.map(s -> " " + s).orElse(""));
    }
    return candidates.isEmpty() ? CacheKeys.derived(digest, output, first) : candidates.getFirst();
  }

  CacheLink link(int position, Input<R> input) {
    return new CacheLink(position, output, digest, input.selector);
  }

  /**
   * A key of an input.
   *
   * @param selector the part of the input that is read; empty for content keys
   */
  record Input<R>(CacheKey<R> key, Optional<Digest> selector) {}
}
