package dev.gatehouse.solver.core;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * Build graphs without files: named vertices that record what was asked of them, give texts as
 * results, and can be held, made to fail, or be given cache rules.
 */
final class GraphKit {
  /** What happened, such as {@code run a}, {@code digest b.0}, in order. */
  final List<String> journal = Collections.synchronizedList(new ArrayList<>());

  final Map<String, Integer> live = new ConcurrentHashMap<>();
  final AtomicInteger running = new AtomicInteger();
  final AtomicInteger mostRunning = new AtomicInteger();
  final CacheStorage records;
  final Map<String, String> kept = new ConcurrentHashMap<>();
  final List<String> unloadable = Collections.synchronizedList(new ArrayList<>());
  final Cache<Text> cache;

  GraphKit() {
    this(new InMemoryCacheStorage());
  }

  GraphKit(CacheStorage records) {
    this.records = records;
    this.cache = new Cache<>("local", records, new Results());
  }

  Solver<Node, Text> solver(SolverOptions options) {
    return new Solver<>(new Runner(), new TextType(), cache, options);
  }

  Solver<Node, Text> solver() {
    return solver(SolverOptions.DEFAULT);
  }

  static Job<Node, Text> job(Solver<Node, Text> solver, String id) {
    return solver.job(id, ProgressSink.NONE, List.of(id), List.of());
  }

  /** How many times something is in the journal. */
  int count(String entry) {
    synchronized (journal) {
      return Collections.frequency(journal, entry);
    }
  }

  List<String> ran() {
    synchronized (journal) {
      return journal.stream()
          .filter(entry -> entry.startsWith("run "))
          .map(entry -> entry.substring(4))
          .sorted()
          .toList();
    }
  }

  /** A result, of which handles are counted. */
  record Text(String value) {}

  /** A node of a test graph, under construction. */
  final class Node {
    final String name;
    String key;
    final List<Edge<Node>> inputs = new ArrayList<>();
    final Map<Integer, Function<String, String>> content = new HashMap<>();
    final Map<Integer, String> selectors = new HashMap<>();
    final List<Digest> alternatives = new ArrayList<>();
    int outputs = 1;
    boolean ignoreCache;
    Function<List<String>, String> function;
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch hold = new CountDownLatch(0);
    CountDownLatch holdKey = new CountDownLatch(0);
    Optional<SolveException> failure = Optional.empty();
    Optional<Edge<Node>> nested = Optional.empty();
    String salt = "";
    private Vertex<Node> vertex;

    Node(String name) {
      this.name = name;
      this.key = name;
      this.function = arguments -> arguments.isEmpty() ? name : name + arguments;
    }

    Node input(Node node) {
      return input(node, 0);
    }

    Node input(Node node, int output) {
      inputs.add(new Edge<>(node.vertex(), output));
      return this;
    }

    /** What decides the cache key beside the inputs; the name unless given. */
    Node key(String value) {
      key = value;
      return this;
    }

    /** A part of the vertex digest that decides nothing else. */
    Node salt(String value) {
      salt = value;
      return this;
    }

    Node ignoreCache() {
      ignoreCache = true;
      return this;
    }

    Node outputs(int number) {
      outputs = number;
      return this;
    }

    Node gives(String value) {
      function = arguments -> value;
      return this;
    }

    Node computes(Function<List<String>, String> value) {
      function = value;
      return this;
    }

    /** The content of the last input counts. */
    Node byContent() {
      return byContent(value -> value);
    }

    Node byContent(Function<String, String> part) {
      content.put(inputs.size() - 1, part);
      return this;
    }

    Node selector(String value) {
      selectors.put(inputs.size() - 1, value);
      return this;
    }

    Node held() {
      hold = new CountDownLatch(1);
      return this;
    }

    Node keyHeld() {
      holdKey = new CountDownLatch(1);
      return this;
    }

    Node fails(String message) {
      failure = Optional.of(new SolveException("test", ErrorCategory.USER, message));
      return this;
    }

    Node nested(Node node) {
      nested = Optional.of(node.edge());
      return this;
    }

    Edge<Node> edge() {
      return edge(0);
    }

    Edge<Node> edge(int output) {
      return new Edge<>(vertex(), output);
    }

    Vertex<Node> vertex() {
      if (vertex == null) {
        StringBuilder text =
            new StringBuilder(name).append('|').append(key).append('|').append(salt);
        inputs.forEach(edge ->
            text.append('|').append(edge.vertex().digest()).append('@').append(edge.index()));
        vertex =
            new Vertex<>(
                Digest.sha256(text.toString()),
                this,
                inputs,
                VertexOptions.named(name).withIgnoreCache(ignoreCache));
      }
      return vertex;
    }

    void awaitEntered() throws InterruptedException {
      if (!entered.await(60, TimeUnit.SECONDS)) {
        throw new AssertionError(name + " was not run");
      }
    }
  }

  Node node(String name, Node... inputs) {
    Node node = new Node(name);
    Arrays.stream(inputs).forEach(node::input);
    return node;
  }

  private final class Runner implements Executor<Node, Text> {
    @Override
    public CacheMap<Text> cacheMap(Vertex<Node> vertex, ExecutionContext<Node, Text> context)
        throws InterruptedException {
      Node node = vertex.operation();
      journal.add("key " + node.name);
      node.holdKey.await();
      List<InputCacheRule<Text>> rules = new ArrayList<>();
      for (int i = 0; i < node.inputs.size(); i++) {
        int input = i;
        Function<String, String> part = node.content.get(i);
        String selector = node.selectors.get(i);
        rules.add(
            InputCacheRule.of(
                selector == null ? null : Digest.sha256(selector),
                part == null
                    ? null
                    : (result, c) -> {
                      journal.add("digest " + node.name + "." + input);
                      return Optional.of(Digest.sha256("content " + part.apply(result.value)));
                    }));
      }
      return new CacheMap<>(Digest.sha256("op " + node.key), rules, node.alternatives);
    }

    @Override
    public List<Text> execute(
        Vertex<Node> vertex, List<Text> inputs, ExecutionContext<Node, Text> context)
        throws SolveException, InterruptedException {
      Node node = vertex.operation();
      journal.add("run " + node.name);
      mostRunning.accumulateAndGet(running.incrementAndGet(), Math::max);
      try {
        node.entered.countDown();
        node.hold.await();
        if (node.failure.isPresent()) {
          throw new SolveException("test", ErrorCategory.USER, node.failure.get().getMessage());
        }
        List<String> arguments = new ArrayList<>(inputs.stream().map(Text::value).toList());
        if (node.nested.isPresent()) {
          running.decrementAndGet();
          try {
            arguments.add(context.build(node.nested.get()).value());
          } finally {
            running.incrementAndGet();
          }
        }
        List<Text> outputs = new ArrayList<>();
        for (int i = 0; i < node.outputs; i++) {
          String value = node.function.apply(arguments);
          outputs.add(hold(new Text(node.outputs == 1 ? value : value + "#" + i)));
        }
        return outputs;
      } catch (InterruptedException e) {
        journal.add("interrupted " + node.name);
        throw e;
      } finally {
        running.decrementAndGet();
      }
    }
  }

  ResultType<Text> resultType() {
    return new TextType();
  }

  private Text hold(Text text) {
    live.merge(text.value, 1, Integer::sum);
    return text;
  }

  private final class TextType implements ResultType<Text> {
    @Override
    public Text share(Text result) {
      return hold(result);
    }

    @Override
    public void release(Text result) {
      live.compute(result.value, (value, count) -> count == null || count == 1 ? null : count - 1);
    }
  }

  private final class Results implements ResultStorage<Text> {
    @Override
    public Optional<CacheResult> save(Text result, Instant createdAt) {
      kept.put(result.value, result.value);
      return Optional.of(new CacheResult(result.value, createdAt));
    }

    @Override
    public Optional<Text> load(CacheResult result, ExecutionContext<?, Text> context)
        throws SolveException {
      if (unloadable.contains(result.id())) {
        throw new SolveException("test", ErrorCategory.ENVIRONMENT, "cannot load " + result.id());
      }
      journal.add("load " + result.id());
      return Optional.ofNullable(kept.get(result.id())).map(value -> hold(new Text(value)));
    }

    @Override
    public boolean exists(String id) {
      return kept.containsKey(id);
    }
  }

  /** Forgets a result, as pruning does. */
  void prune(String id) {
    kept.remove(id);
  }

  Set<String> leaked() {
    return Set.copyOf(live.keySet());
  }
}
