package dev.gatehouse.solver.core;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Cache records that live as long as the object: for imported caches and for tests. */
public final class InMemoryCacheStorage implements CacheStorage {
  /** Guarded by this. */
  private final Map<String, Entry> entries = new HashMap<>();

  private static final class Entry {
    private final Map<String, CacheResult> results = new LinkedHashMap<>();
    private final Map<CacheLink, Set<String>> links = new LinkedHashMap<>();
    private final Set<Backlink> backlinks = new LinkedHashSet<>();
  }

  @Override
  public synchronized boolean exists(String key) {
    Entry entry = entries.get(key);
    return entry != null && !(entry.results.isEmpty() && entry.links.isEmpty());
  }

  @Override
  public synchronized List<String> links(String key, CacheLink link) {
    Entry entry = entries.get(key);
    return entry == null ? List.of() : List.copyOf(entry.links.getOrDefault(link, Set.of()));
  }

  @Override
  public synchronized void addLink(String key, CacheLink link, String target) {
    entry(key).links.computeIfAbsent(link, l -> new LinkedHashSet<>()).add(target);
    entry(target).backlinks.add(new Backlink(key, link));
  }

  @Override
  public synchronized List<Backlink> backlinks(String key) {
    Entry entry = entries.get(key);
    return entry == null ? List.of() : List.copyOf(entry.backlinks);
  }

  @Override
  public synchronized List<CacheResult> results(String key) {
    Entry entry = entries.get(key);
    return entry == null ? List.of() : List.copyOf(entry.results.values());
  }

  /** Does nothing: memory ends with the process. */
  @Override
  public void persist() {}

  @Override
  public synchronized void addResult(String key, CacheResult result) {
    entry(key).results.put(result.id(), result);
  }

  @Override
  public synchronized List<String> keys(String resultId) {
    List<String> keys = new ArrayList<>();
    entries.forEach((key, entry) -> {
      if (entry.results.containsKey(resultId)) {
        keys.add(key);
      }
    });
    return keys;
  }

  @Override
  public synchronized Set<String> resultIds() {
    Set<String> ids = new LinkedHashSet<>();
    entries.values().forEach(entry -> ids.addAll(entry.results.keySet()));
    return ids;
  }

  @Override
  public synchronized void release(String resultId) {
    Deque<String> emptied = new ArrayDeque<>(keys(resultId));
    emptied.forEach(key -> entry(key).results.remove(resultId));
    while (!emptied.isEmpty()) {
      String key = emptied.pop();
      Entry entry = entries.get(key);
      if (entry == null || !entry.results.isEmpty() || !entry.links.isEmpty()) {
        continue;
      }
      entries.remove(key);
      for (Backlink back : entry.backlinks) {
        Entry source = entries.get(back.key());
        if (source == null) {
          continue;
        }
        Set<String> targets = source.links.getOrDefault(back.link(), Set.of());
        if (targets.remove(key) && targets.isEmpty()) {
          source.links.remove(back.link());
        }
        emptied.push(back.key());
      }
    }
  }

  private Entry entry(String key) {
    return entries.computeIfAbsent(key, k -> new Entry());
  }
}
