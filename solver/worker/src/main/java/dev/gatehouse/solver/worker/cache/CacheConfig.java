package dev.gatehouse.solver.worker.cache;

import dev.gatehouse.llb.json.Json;
import dev.gatehouse.llb.json.JsonException;
import dev.gatehouse.solver.core.Digest;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The records of a cache as they travel: BuildKit's {@code
 * application/vnd.buildkit.cacheconfig.v0}.
 *
 * @param layers the layers that results are made of, each upon its parent
 * @param records the records, linked by their positions
 */
public record CacheConfig(List<Layer> layers, List<Entry> records) {
  public static final String MEDIA_TYPE = "application/vnd.buildkit.cacheconfig.v0";

  /** The greatest number of layers, of records and of links of a record that are read. */
  private static final int MAX_ELEMENTS = 200_000;

  /** The greatest number of layers that a result is made of. */
  private static final int MAX_DEPTH = 1_000;

  public CacheConfig {
    layers = List.copyOf(layers);
    records = List.copyOf(records);
  }

  /**
   * A layer.
   *
   * @param parent the position of the layer below, -1 if it is the lowest
   */
  public record Layer(Digest blob, int parent) {}

  /**
   * A record.
   *
   * @param digest names the operation, or content
   * @param results layers that are the result together with all their parents
   * @param chains lists of layers that are the result together
   * @param inputs for each input the records that it may be found by
   */
  public record Entry(
      Digest digest, List<Result> results, List<Chain> chains, List<List<Input>> inputs) {
    public Entry {
      results = List.copyOf(results);
      chains = List.copyOf(chains);
      inputs = List.copyOf(inputs);
    }
  }

  /**
   * @param layer the position of the topmost layer
   */
  public record Result(int layer, Instant createdAt) {}

  /**
   * @param layers the positions of the layers, lowest first
   */
  public record Chain(List<Integer> layers, Instant createdAt) {
    public Chain {
      layers = List.copyOf(layers);
    }
  }

  /**
   * @param selector the part of the input that is read, empty for all
   * @param link the position of the input's record
   */
  public record Input(String selector, int link) {}

  /** The JSON form. */
  public byte[] toJson() {
    Map<String, Object> json = new LinkedHashMap<>();
    if (!layers.isEmpty()) {
      json.put("layers", layers.stream().map(CacheConfig::json).toList());
    }
    if (!records.isEmpty()) {
      json.put("records", recordsJson());
    }
    return Json.bytes(json);
  }

  /** The records alone, as they stand in an image's configuration. */
  byte[] recordsToJson() {
    return Json.bytes(recordsJson());
  }

  private List<Object> recordsJson() {
    List<Object> json = new ArrayList<>();
    for (Entry record : records) {
      Map<String, Object> entry = new LinkedHashMap<>();
      if (!record.results.isEmpty()) {
        entry.put("layers", record.results.stream().map(CacheConfig::json).toList());
      }
      if (!record.chains.isEmpty()) {
        entry.put("chains", record.chains.stream().map(CacheConfig::json).toList());
      }
      entry.put("digest", record.digest.toString());
      if (!record.inputs.isEmpty()) {
        entry.put(
            "inputs",
            record.inputs.stream()
                .map(links -> links.stream().map(CacheConfig::json).toList())
                .toList());
      }
      json.add(entry);
    }
    return json;
  }

  private static Map<String, Object> json(Layer layer) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("blob", layer.blob.toString());
    if (layer.parent != 0) {
      json.put("parent", (long) layer.parent);
    }
    return json;
  }

  private static Map<String, Object> json(Result result) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("layer", (long) result.layer);
    json.put("createdAt", result.createdAt.toString());
    return json;
  }

  private static Map<String, Object> json(Chain chain) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("layers", chain.layers.stream().map(Integer::longValue).toList());
    json.put("createdAt", chain.createdAt.toString());
    return json;
  }

  private static Map<String, Object> json(Input input) {
    Map<String, Object> json = new LinkedHashMap<>();
    if (!input.selector.isEmpty()) {
      json.put("selector", input.selector);
    }
    json.put("link", (long) input.link);
    return json;
  }

  /**
   * Reads the JSON form.
   *
   * @throws IOException if it is malformed, or a position leads nowhere or round in a circle
   */
  public static CacheConfig parse(byte[] json) throws IOException {
    Map<?, ?> root = object(read(json));
    List<Layer> layers = new ArrayList<>();
    for (Object element : list(root.get("layers"))) {
      Map<?, ?> layer = object(element);
      layers.add(new Layer(digest(layer.get("blob")), number(layer.get("parent"))));
    }
    return new CacheConfig(layers, records(list(root.get("records")))).checked();
  }

  /**
   * Reads the records of an image's configuration.
   *
   * @param blobs the image's layers, lowest first
   */
  static CacheConfig parseInline(byte[] records, List<Digest> blobs) throws IOException {
    List<Layer> layers = new ArrayList<>();
    for (int i = 0; i < blobs.size(); i++) {
      layers.add(new Layer(blobs.get(i), i - 1));
    }
    return new CacheConfig(layers, records(list(read(records)))).checked();
  }

  private static @Nullable Object read(byte[] json) throws IOException {
    try {
      return Json.parse(json);
    } catch (JsonException e) {
      throw new IOException("invalid cache config: " + e.getMessage(), e);
    }
  }

  private static List<Entry> records(List<?> elements) throws IOException {
    List<Entry> records = new ArrayList<>();
    for (Object element : elements) {
      Map<?, ?> entry = object(element);
      List<Result> results = new ArrayList<>();
      for (Object result : list(entry.get("layers"))) {
        results.add(
            new Result(
                number(object(result).get("layer")), instant(object(result).get("createdAt"))));
      }
      List<Chain> chains = new ArrayList<>();
      for (Object chain : list(entry.get("chains"))) {
        List<Integer> positions = new ArrayList<>();
        for (Object layer : list(object(chain).get("layers"))) {
          positions.add(number(layer));
        }
        chains.add(new Chain(positions, instant(object(chain).get("createdAt"))));
      }
      List<List<Input>> inputs = new ArrayList<>();
      for (Object alternatives : list(entry.get("inputs"))) {
        List<Input> links = new ArrayList<>();
        for (Object link : list(alternatives)) {
          Object selector = object(link).get("selector");
          links.add(
              new Input(
                  selector instanceof String text ? text : "", number(object(link).get("link"))));
        }
        inputs.add(List.copyOf(links));
      }
      records.add(new Entry(digest(entry.get("digest")), results, chains, inputs));
    }
    return records;
  }

  private CacheConfig checked() throws IOException {
    for (Layer layer : layers) {
      if (layer.parent < -1 || layer.parent >= layers.size()) {
        throw new IOException("invalid layer index " + layer.parent);
      }
    }
    for (int i = 0; i < records.size(); i++) {
      Entry record = records.get(i);
      for (Result result : record.results) {
        checkLayer(result.layer);
      }
      for (Chain chain : record.chains) {
        checkDepth(chain.layers.size());
        for (int layer : chain.layers) {
          checkLayer(layer);
        }
      }
      for (List<Input> links : record.inputs) {
        if (links.isEmpty()) {
          throw new IOException("invalid empty input for record " + i);
        }
        for (Input link : links) {
          if (link.link < 0 || link.link >= records.size()) {
            throw new IOException("invalid record ID: " + link.link);
          }
        }
      }
    }
    return this;
  }

  private void checkLayer(int layer) throws IOException {
    if (layer < 0 || layer >= layers.size()) {
      throw new IOException("invalid layer index " + layer);
    }
  }

  /** The layers that a result is made of, lowest first. */
  List<Digest> blobs(int layer) throws IOException {
    List<Digest> blobs = new ArrayList<>();
    for (int at = layer; at != -1; at = layers.get(at).parent) {
      if (blobs.size() > layers.size()) {
        throw new IOException("invalid looping layer");
      }
      checkDepth(blobs.size() + 1);
      blobs.add(layers.get(at).blob);
    }
    Collections.reverse(blobs);
    return blobs;
  }

  private static void checkDepth(int layers) throws IOException {
    if (layers > MAX_DEPTH) {
      throw new IOException("invalid cache config: a result of more than 1000 layers");
    }
  }

  private static Map<?, ?> object(@Nullable Object value) throws IOException {
    if (value instanceof Map<?, ?> map) {
      return map;
    }
    throw new IOException("invalid cache config: object expected");
  }

  private static List<?> list(@Nullable Object value) throws IOException {
    if (value == null) {
      return List.of();
    }
    if (value instanceof List<?> elements && elements.size() <= MAX_ELEMENTS) {
      return elements;
    }
    throw new IOException("invalid cache config: list expected");
  }

  private static int number(@Nullable Object value) throws IOException {
    if (value == null) {
      return 0;
    }
    if (value instanceof Long number && number >= -1 && number < MAX_ELEMENTS) {
      return number.intValue();
    }
    throw new IOException("invalid cache config: position expected");
  }

  private static Digest digest(@Nullable Object value) throws IOException {
    if (value instanceof String text) {
      try {
        return Digest.parse(text);
      } catch (IllegalArgumentException e) {
        throw new IOException("invalid cache config: " + e.getMessage(), e);
      }
    }
    throw new IOException("invalid cache config: digest expected");
  }

  private static Instant instant(@Nullable Object value) throws IOException {
    if (value == null) {
      return Instant.EPOCH;
    }
    try {
      return OffsetDateTime.parse(String.valueOf(value)).toInstant();
    } catch (DateTimeException e) {
      throw new IOException("invalid cache config: time expected", e);
    }
  }

  static Optional<Digest> selector(String text) throws IOException {
    return text.isEmpty() ? Optional.empty() : Optional.of(digest(text));
  }
}
