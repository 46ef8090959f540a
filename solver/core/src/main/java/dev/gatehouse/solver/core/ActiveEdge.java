package dev.gatehouse.solver.core;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One output of an active vertex: its keys by definition and by content, and its result. */
final class ActiveEdge<O, R> {
  /** From here on losing a result costs more than waiting until its record is on disk. */
  private static final Duration WORTH_A_WAIT = Duration.ofMillis(20);

  private final ActiveVertex<O, R> active;
  private final int index;

  // Guarded by this.
  private @Nullable Task<List<CacheKey<R>>> definitionKeys;
  private @Nullable Task<List<CacheKey<R>>> contentKeys;
  private @Nullable Task<Outcome<R>> completion;
  private @Nullable R loaded;

  /**
   * The result, and what it is known under from now on.
   *
   * @param keys never empty
   * @param forced it was executed because the cache was not to be asked; its keys must not lead
   *     consumers to what was built upon an earlier result
   */
  record Outcome<R>(
      R result, List<CacheKey<R>> keys, boolean forced, Vertex<?> vertex, Instant createdAt) {}

  ActiveEdge(ActiveVertex<O, R> active, int index) {
    this.active = active;
    this.index = index;
  }

  ActiveVertex<O, R> vertex() {
    return active;
  }

  /** The keys that caches know this edge under without anybody's result; empty if none does. */
  synchronized Task<List<CacheKey<R>>> definitionKeys() {
    if (definitionKeys == null) {
      definitionKeys = new Task<>(active, "definition keys", this::findByDefinition);
    }
    return definitionKeys;
  }

  /** The keys that caches know this edge under; where definitions do not decide, by content. */
  synchronized Task<List<CacheKey<R>>> contentKeys() {
    if (contentKeys == null) {
      contentKeys = new Task<>(active, "content keys", this::findByContent);
    }
    return contentKeys;
  }

  /** The result. */
  synchronized Task<Outcome<R>> completion() {
    if (completion == null) {
      completion = new Task<>(active, "completion", this::complete);
    }
    return completion;
  }

  synchronized void forgetFailures() {
    if (definitionKeys != null && definitionKeys.hasFailed()) {
      definitionKeys = null;
    }
    if (contentKeys != null && contentKeys.hasFailed()) {
      contentKeys = null;
    }
    if (completion != null && completion.hasFailed()) {
      completion = null;
    }
  }

  synchronized void collectLoaded(List<R> owned) {
    if (loaded != null) {
      owned.add(loaded);
      loaded = null;
    }
  }

  private CacheQuery<O, R> query(CacheMap<R> map) {
    return new CacheQuery<>(active, index, map);
  }

  private List<CacheKey<R>> findByDefinition() throws SolveException, InterruptedException {
    List<ActiveEdge<O, R>> inputs = active.inputs();
    for (ActiveEdge<O, R> input : inputs) {
      input.definitionKeys().start();
    }
    if (active.ignoresCache()) {
      return List.of();
    }
    CacheMap<R> map = active.cacheMap().get();
    CacheQuery<O, R> query = query(map);
    if (inputs.isEmpty()) {
      return query.roots().stream().filter(query::isKnown).toList();
    }
    List<Task<List<CacheKey<R>>>> tasks = new ArrayList<>(inputs.size());
    for (ActiveEdge<O, R> input : inputs) {
      tasks.add(input.definitionKeys());
    }
    Task.inOrderOfEnd(tasks, (i, keys) -> query.add(i, query.byDefinition(i, keys)));
    return query.matches();
  }

  private List<CacheKey<R>> findByContent() throws SolveException, InterruptedException {
    List<CacheKey<R>> known = definitionKeys().get();
    List<ActiveEdge<O, R>> inputs = active.inputs();
    if (active.ignoresCache() || !known.isEmpty() || inputs.isEmpty()) {
      return known;
    }
    CacheMap<R> map = active.cacheMap().get();
    CacheQuery<O, R> query = query(map);
    if (search(query, map, false)) {
      List<CacheKey<R>> matches = query.matches();
      if (!matches.isEmpty()) {
        return matches;
      }
      // Every input is known, but not together: look at those further whose definition decided too
      // early.
      search(query, map, true);
    }
    return query.matches();
  }

  /** Looks for each input under ever costlier keys; false if one is not known to any cache. */
  private boolean search(CacheQuery<O, R> query, CacheMap<R> map, boolean thoroughly)
      throws SolveException, InterruptedException {
    List<Task<Boolean>> searches = new ArrayList<>();
    for (int i = 0; i < active.inputs().size(); i++) {
      int input = i;
      searches.add(new Task<>(active, "input", () -> searchInput(query, map, input, thoroughly)));
    }
    boolean[] all = {true};
    Task.inOrderOfEnd(
        searches,
        (i, found) -> {
          all[0] &= found;
          return found;
        });
    return all[0];
  }

  private boolean searchInput(CacheQuery<O, R> query, CacheMap<R> map, int i, boolean thoroughly)
      throws SolveException, InterruptedException {
    ActiveEdge<O, R> input = active.inputs().get(i);
    List<CacheKey.Input<R>> keys = query.byDefinition(i, input.definitionKeys().get());
    if (query.add(i, keys) && !thoroughly) {
      return true;
    }
    keys = query.byDefinition(i, input.contentKeys().get());
    if (query.add(i, keys) && !thoroughly) {
      return true;
    }
    if (map.inputs().get(i).contentDigest().isPresent()) {
      query.add(i, active.inputKeys(map, i, input.completion().get(), false));
    }
    return query.isFound(i);
  }

  private Outcome<R> complete() throws SolveException, InterruptedException {
    active.solver().before("completion");
    Set<String> tried = new HashSet<>();
    boolean cached = !active.ignoresCache();
    if (cached) {
      Optional<Outcome<R>> outcome = load(definitionKeys().get(), tried);
      if (outcome.isEmpty()) {
        outcome = load(contentKeys().get(), tried);
      }
      if (outcome.isPresent()) {
        return outcome.get();
      }
    }

    List<Task<Outcome<R>>> inputs = new ArrayList<>();
    for (ActiveEdge<O, R> input : active.inputs()) {
      inputs.add(input.completion().start());
    }
    CacheMap<R> map = active.cacheMap().get();
    if (!inputs.isEmpty()) {
      Task.inOrderOfEnd(inputs, (i, outcome) -> true);
      prepareInputs(map);
    }
    CacheQuery<O, R> query = query(map);
    List<CacheKey<R>> keys;
    if (inputs.isEmpty()) {
      keys = query.roots();
    } else {
      for (int i = 0; i < inputs.size(); i++) {
        Outcome<R> outcome = inputs.get(i).get();
        query.name(i, active.inputKeys(map, i, outcome, true));
        if (cached) {
          query.add(i, active.inputKeys(map, i, outcome, false));
        }
      }
      keys = List.of(query.key());
    }
    if (cached) {
      Optional<Outcome<R>> outcome = load(query.matches(), tried);
      if (outcome.isPresent()) {
        return outcome.get();
      }
    }

    ActiveVertex.Execution<R> execution = active.execution().get();
    if (index >= execution.outputs().size()) {
      throw new SolveException(
              "internal",
              ErrorCategory.INTERNAL,
              "invalid response from exec need "
                  + index
                  + " index but "
                  + execution.outputs().size()
                  + " results received")
          .at(active.vertex().digest());
    }
    R result = execution.outputs().get(index);
    Instant now = Instant.now();
    CacheWriter<R> writer = new CacheWriter<>(active.solver().cache());
    active.guarded(() -> {
      writer.save(keys, result, now);
      if (execution.took().compareTo(WORTH_A_WAIT) >= 0) {
        writer.cache().storage().persist();
      }
      return true;
    });
    return new Outcome<>(result, keys, execution.forced(), active.vertex(), now);
  }

  /** Computes the content keys and runs the preparations of all inputs side by side. */
  private void prepareInputs(CacheMap<R> map) throws SolveException, InterruptedException {
    List<Task<Optional<CacheKey<R>>>> preparations = new ArrayList<>();
    for (int i = 0; i < map.inputs().size(); i++) {
      InputCacheRule<R> rule = map.inputs().get(i);
      if (rule.contentDigest().isPresent() || rule.preprocess().isPresent()) {
        preparations.add(active.contentKey(i).start());
      }
    }
    if (!preparations.isEmpty()) {
      Task.inOrderOfEnd(preparations, (i, key) -> true);
    }
  }

  /** A record of a result, where it was found. */
  private record Candidate<R>(Cache<R> cache, CacheKey<R> key, CacheResult record) {}

  /**
   * Loads the best result that has a record under one of the keys: the solver's own, then the
   * newest.
   */
  private Optional<Outcome<R>> load(List<CacheKey<R>> keys, Set<String> tried)
      throws SolveException, InterruptedException {
    Cache<R> main = active.solver().cache();
    List<Candidate<R>> candidates = new ArrayList<>();
    for (CacheKey<R> key : keys) {
      for (Cache<R> cache : key.caches()) {
        for (CacheResult record : cache.storage().results(key.nameIn(cache))) {
          if (tried.add(cache.id() + " " + record.id())) {
            candidates.add(new Candidate<>(cache, key, record));
          }
        }
      }
    }
    candidates.sort(
        Comparator.comparing((Candidate<R> c) -> c.cache() != main)
            .thenComparing(c -> c.record().createdAt(), Comparator.reverseOrder()));
    for (Candidate<R> candidate : candidates) {
      Optional<R> result = load(candidate);
      if (result.isEmpty()) {
        continue;
      }
      CacheResult record = candidate.record();
      boolean recorded = candidate.cache() == main;
      try {
        if (!recorded) {
          active.guarded(() -> {
            new CacheWriter<>(main)
                .save(List.of(candidate.key()), result.get(), record.createdAt());
            return true;
          });
          recorded = true;
        }
      } finally {
        if (!recorded) {
          active.solver().results().release(result.get());
        }
      }
      synchronized (this) {
        loaded = result.get();
      }
      return Optional.of(
          new Outcome<>(
              result.get(), List.of(candidate.key()), false, active.vertex(), record.createdAt()));
    }
    return Optional.empty();
  }

  private Optional<R> load(Candidate<R> candidate) throws SolveException, InterruptedException {
    CacheResult record = candidate.record();
    Cache<R> cache = candidate.cache();
    Instant started = Instant.now();
    Optional<R> result = Optional.empty();
    if (cache.results().exists(record.id())) {
      try {
        result = cache.results().load(record, active.context());
      } catch (IOException | SolveException e) {
        // What cannot be loaded is built again; the person learns why it took longer.
        active.context().progress().warn("failed to load cache: " + e.getMessage(), List.of(), "");
        return Optional.empty();
      }
    }
    if (result.isEmpty()) {
      cache.storage().release(record.id());
      return Optional.empty();
    }
    active.log().accept(new ProgressEvent.VertexStarted(active.vertex().digest(), started, true));
    active.completed(started, true);
    return result;
  }

  /** Records results in a cache. */
  private record CacheWriter<R>(Cache<R> cache) {
    void save(List<CacheKey<R>> keys, R result, Instant createdAt)
        throws IOException, SolveException, InterruptedException {
      Optional<CacheResult> record = cache.results().save(result, createdAt);
      for (CacheKey<R> key : keys) {
        String name = key.nameIn(cache);
        if (record.isPresent()) {
          cache.storage().addResult(name, record.get());
          link(key);
        }
      }
    }

    /**
     * Records the links that lead to a key, and to the keys on the way, as far as they are missing.
     */
    private void link(CacheKey<R> last) {
      Deque<CacheKey<R>> open = new ArrayDeque<>();
      open.push(last);
      while (!open.isEmpty()) {
        CacheKey<R> key = open.pop();
        String name = key.nameIn(cache);
        for (int i = 0; i < key.inputs().size(); i++) {
          for (CacheKey.Input<R> input : key.inputs().get(i)) {
            CacheLink link = key.link(i, input);
            String from = input.key().nameIn(cache);
            if (!cache.storage().links(from, link).contains(name)) {
              cache.storage().addLink(from, link, name);
              open.push(input.key());
            }
          }
        }
      }
    }
  }
}
