package dev.gatehouse.solver.worker.cache;

import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.store.LayerInfo;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Gathers records for export; equal ones become one. */
final class CacheChains {
  private final Map<Digest, Item> roots = new LinkedHashMap<>();
  private final List<Item> items = new ArrayList<>();

  /** A record; compared by identity. */
  static final class Item {
    private final Digest digest;
    private final List<Set<Link>> parents = new ArrayList<>();
    private final Map<ChildKey, Set<Item>> children = new HashMap<>();
    private Optional<Result> result = Optional.empty();

    private Item(Digest digest) {
      this.digest = digest;
    }
  }

  /** A way to an input's record. */
  record Link(Item item, String selector) {}

  private record ChildKey(Digest digest, int input, String selector) {}

  /**
   * A result.
   *
   * @param layers lowest first
   */
  record Result(List<LayerInfo> layers, Instant createdAt) {
    Result {
      layers = List.copyOf(layers);
    }
  }

  /** Adds a record whose inputs were added before. */
  Item add(Digest digest, List<List<Link>> inputs, Optional<Result> result) {
    Item item =
        inputs.isEmpty()
            ? roots.computeIfAbsent(digest, this::create)
            : find(digest, inputs).orElseGet(() -> create(digest));
    if (result.isPresent()
        && (item.result.isEmpty()
            || item.result.get().createdAt.isBefore(result.get().createdAt))) {
      item.result = result;
    }
    for (int i = 0; i < inputs.size(); i++) {
      while (item.parents.size() <= i) {
        item.parents.add(new LinkedHashSet<>());
      }
      for (Link link : inputs.get(i)) {
        if (!descends(link.item, item)) {
          item.parents.get(i).add(link);
          link.item
              .children
              .computeIfAbsent(new ChildKey(digest, i, link.selector), key -> new LinkedHashSet<>())
              .add(item);
        }
      }
    }
    return item;
  }

  private Item create(Digest digest) {
    Item item = new Item(digest);
    items.add(item);
    return item;
  }

  private static Optional<Item> find(Digest digest, List<List<Link>> inputs) {
    Set<Item> common = new LinkedHashSet<>();
    for (int i = 0; i < inputs.size(); i++) {
      Set<Item> reached = new HashSet<>();
      for (Link link : inputs.get(i)) {
        reached.addAll(
            link.item.children.getOrDefault(new ChildKey(digest, i, link.selector), Set.of()));
      }
      if (i == 0) {
        common.addAll(reached);
      } else {
        common.retainAll(reached);
      }
    }
    return common.stream().findFirst();
  }

  /** Whether an item is made of another: a link back would be a circle. */
  private static boolean descends(Item item, Item from) {
    if (from.children.isEmpty()) {
      return item == from;
    }
    Set<Item> seen = new HashSet<>();
    List<Item> open = new ArrayList<>(List.of(from));
    while (!open.isEmpty()) {
      Item next = open.removeLast();
      if (next == item) {
        return true;
      }
      if (seen.add(next)) {
        next.children.values().forEach(open::addAll);
      }
    }
    return false;
  }

  /** Everything gathered, in an order that depends on nothing but the content. */
  Exported export() {
    Map<List<Digest>, Integer> positions = new LinkedHashMap<>();
    Map<Digest, LayerInfo> blobs = new LinkedHashMap<>();
    for (Item item : items) {
      item.result.ifPresent(result -> {
        List<Digest> chain = new ArrayList<>();
        for (LayerInfo layer : result.layers) {
          chain.add(layer.digest());
          blobs.putIfAbsent(layer.digest(), layer);
          positions.put(List.copyOf(chain), 0);
        }
      });
    }
    List<List<Digest>> chains = new ArrayList<>(positions.keySet());
    chains.sort(
        Comparator.comparing((List<Digest> chain) -> chain.getLast())
            .thenComparing(
                chain -> String.join(" ", chain.stream().map(Digest::toString).toList())));
    for (int i = 0; i < chains.size(); i++) {
      positions.put(chains.get(i), i);
    }
    List<CacheConfig.Layer> layers = new ArrayList<>();
    for (List<Digest> chain : chains) {
      layers.add(
          new CacheConfig.Layer(
              chain.getLast(),
              chain.size() == 1
                  ? -1
                  : positions.getOrDefault(List.copyOf(chain.subList(0, chain.size() - 1)), -1)));
    }
    return new Exported(new CacheConfig(layers, records(positions)), blobs);
  }

  private List<CacheConfig.Entry> records(Map<List<Digest>, Integer> positions) {
    // Inputs were added before what came of them, so the names of inputs are known when they are
    // needed.
    Map<Item, String> names = new HashMap<>();
    for (Item item : items) {
      StringBuilder name = new StringBuilder(item.digest.toString());
      for (Set<Link> links : item.parents) {
        name.append('\n');
        links.stream()
            .map(link -> names.getOrDefault(link.item, "") + " " + link.selector)
            .sorted()
            .forEach(link -> name.append(link).append(','));
      }
      names.put(item, Digest.sha256(name.toString()).toString());
    }
    List<Item> sorted = new ArrayList<>(items);
    sorted.sort(
        Comparator.comparing((Item item) -> item.digest)
            .thenComparing(item -> names.getOrDefault(item, "")));
    Map<Item, Integer> indexes = new HashMap<>();
    for (int i = 0; i < sorted.size(); i++) {
      indexes.put(sorted.get(i), i);
    }
    List<CacheConfig.Entry> records = new ArrayList<>();
    for (Item item : sorted) {
      List<CacheConfig.Result> results = new ArrayList<>();
      item.result.ifPresent(result -> {
        List<Digest> chain = result.layers.stream().map(LayerInfo::digest).toList();
        if (!chain.isEmpty()) {
          results.add(new CacheConfig.Result(positions.getOrDefault(chain, 0), result.createdAt));
        }
      });
      List<List<CacheConfig.Input>> inputs = new ArrayList<>();
      for (Set<Link> links : item.parents) {
        inputs.add(
            links.stream()
                .map(link ->
                    new CacheConfig.Input(link.selector, indexes.getOrDefault(link.item, 0)))
                .sorted(
                    Comparator.comparingInt(CacheConfig.Input::link)
                        .thenComparing(CacheConfig.Input::selector))
                .toList());
      }
      records.add(new CacheConfig.Entry(item.digest, results, List.of(), inputs));
    }
    return records;
  }

  /**
   * What is to be written.
   *
   * @param blobs the layers that the configuration speaks of
   */
  record Exported(CacheConfig config, Map<Digest, LayerInfo> blobs) {}
}
