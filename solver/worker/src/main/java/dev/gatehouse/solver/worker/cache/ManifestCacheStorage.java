package dev.gatehouse.solver.worker.cache;

import dev.gatehouse.solver.core.CacheKeys;
import dev.gatehouse.solver.core.CacheLink;
import dev.gatehouse.solver.core.CacheResult;
import dev.gatehouse.solver.core.CacheStorage;
import dev.gatehouse.solver.core.Digest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The records of an imported cache, for the solver to read. What the solver learns while it reads,
 * that a further key leads to a known record, is kept with them for as long as the build lives;
 * nothing goes back to where the cache came from.
 */
final class ManifestCacheStorage implements CacheStorage {
  /** The greatest number of layers of all results together; each keeps a list of its own. */
  private static final int MAX_LAYERS = 2_000_000;

  // Guarded by this.
  private final Map<String, Map<Step, Set<String>>> links = new HashMap<>();
  private final Map<String, Set<Backlink>> backlinks = new HashMap<>();
  private final Map<String, Map<String, CacheResult>> results = new HashMap<>();
  private final Map<String, List<Digest>> blobs = new HashMap<>();
  private int layersInAll;

  /** A link as the format knows it: operation and output are one name. */
  private record Step(int input, String operation, Optional<Digest> selector) {}

  /**
   * @param config the records
   * @param known the layers that there are descriptors for; results with other layers are left out
   */
  ManifestCacheStorage(CacheConfig config, Set<Digest> known) throws IOException {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < config.records().size(); i++) {
      CacheConfig.Entry record = config.records().get(i);
      names.add(record.inputs().isEmpty() ? record.digest().toString() : "record " + i);
    }
    for (int i = 0; i < names.size(); i++) {
      CacheConfig.Entry record = config.records().get(i);
      String name = names.get(i);
      for (int input = 0; input < record.inputs().size(); input++) {
        for (CacheConfig.Input link : record.inputs().get(input)) {
          Step step =
              new Step(input, record.digest().toString(), CacheConfig.selector(link.selector()));
          links
              .computeIfAbsent(names.get(link.link()), key -> new HashMap<>())
              .computeIfAbsent(step, key -> new LinkedHashSet<>())
              .add(name);
        }
      }
      for (CacheConfig.Result result : record.results()) {
        add(name, config.blobs(result.layer()), result.createdAt(), known);
      }
      for (CacheConfig.Chain chain : record.chains()) {
        List<Digest> layers = new ArrayList<>();
        for (int layer : chain.layers()) {
          layers.add(config.layers().get(layer).blob());
        }
        add(name, layers, chain.createdAt(), known);
      }
    }
  }

  private void add(String name, List<Digest> layers, java.time.Instant createdAt, Set<Digest> known)
      throws IOException {
    layersInAll += layers.size();
    if (layersInAll > MAX_LAYERS) {
      throw new IOException("invalid cache config: its results have too many layers");
    }
    if (layers.isEmpty() || !known.containsAll(layers)) {
      return;
    }
    String id =
        Digest.sha256(String.join(" ", layers.stream().map(Digest::toString).toList())).toString();
    blobs.put(id, List.copyOf(layers));
    results
        .computeIfAbsent(name, key -> new LinkedHashMap<>())
        .put(id, new CacheResult(id, createdAt));
  }

  /** The layers of a result, lowest first. */
  synchronized Optional<List<Digest>> blobs(String resultId) {
    return Optional.ofNullable(blobs.get(resultId));
  }

  private static Step step(CacheLink link) {
    return new Step(link.input(), CacheKeys.root(link.digest(), link.output()), link.selector());
  }

  @Override
  public synchronized boolean exists(String key) {
    return results.containsKey(key) || links.containsKey(key);
  }

  @Override
  public synchronized List<String> links(String key, CacheLink link) {
    return List.copyOf(links.getOrDefault(key, Map.of()).getOrDefault(step(link), Set.of()));
  }

  @Override
  public synchronized void addLink(String key, CacheLink link, String target) {
    links
        .computeIfAbsent(key, k -> new HashMap<>())
        .computeIfAbsent(step(link), k -> new LinkedHashSet<>())
        .add(target);
    backlinks.computeIfAbsent(target, k -> new LinkedHashSet<>()).add(new Backlink(key, link));
  }

  /**
   * The links that were added; those of the manifest have no operation of their own and are not
   * told.
   */
  @Override
  public synchronized List<Backlink> backlinks(String key) {
    return List.copyOf(backlinks.getOrDefault(key, Set.of()));
  }

  @Override
  public synchronized List<CacheResult> results(String key) {
    return List.copyOf(results.getOrDefault(key, Map.of()).values());
  }

  @Override
  public synchronized void addResult(String key, CacheResult result) {
    results.computeIfAbsent(key, k -> new LinkedHashMap<>()).put(result.id(), result);
  }

  /** Does nothing: this view of a manifest lives as long as its build. */
  @Override
  public void persist() {}

  @Override
  public synchronized List<String> keys(String resultId) {
    List<String> keys = new ArrayList<>();
    results.forEach((key, known) -> {
      if (known.containsKey(resultId)) {
        keys.add(key);
      }
    });
    return keys;
  }

  @Override
  public synchronized Set<String> resultIds() {
    return Set.copyOf(blobs.keySet());
  }

  @Override
  public synchronized void release(String resultId) {
    results.values().forEach(known -> known.remove(resultId));
    results.values().removeIf(Map::isEmpty);
    blobs.remove(resultId);
  }
}
