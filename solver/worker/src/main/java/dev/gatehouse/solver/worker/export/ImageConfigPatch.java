package dev.gatehouse.solver.worker.export;

import dev.gatehouse.llb.json.Json;
import dev.gatehouse.llb.json.JsonException;
import dev.gatehouse.llb.oci.ImageConfig;
import dev.gatehouse.llb.oci.Platform;
import dev.gatehouse.solver.core.ErrorCategory;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.store.LayerInfo;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Completes the image configuration that a frontend gave: layers, history, creation time. What else
 * it holds, known or not, stays. The bytes are those that BuildKit writes for the same image.
 */
final class ImageConfigPatch {
  private static final String DEFAULT_PATH =
      "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  private ImageConfigPatch() {}

  /**
   * What is known of a layer where the configuration's history says nothing.
   *
   * @param description of the step that made it
   */
  record LayerOrigin(String description, Instant createdAt) {}

  /** The configuration of an image that nobody configured. */
  static byte[] defaultConfig() {
    Platform p = Platform.host().normalized();
    Map<String, Object> config = new LinkedHashMap<>();
    config.put("architecture", p.architecture());
    config.put("os", p.os());
    if (!p.variant().isEmpty()) {
      config.put("variant", p.variant());
    }
    Map<String, Object> run = new LinkedHashMap<>();
    run.put("Env", List.of("PATH=" + DEFAULT_PATH));
    run.put("WorkingDir", "/");
    config.put("config", run);
    Map<String, @Nullable Object> rootFs = new LinkedHashMap<>();
    rootFs.put("type", "layers");
    rootFs.put("diff_ids", null);
    config.put("rootfs", rootFs);
    return Json.bytes(config);
  }

  /**
   * The completed configuration.
   *
   * @param origins of the layers, lowest first
   * @param base the history of the image it began with, whose times stay
   * @param epoch what later times are cut to
   * @param inlineCache a cache manifest to embed
   */
  static byte[] patch(
      byte[] config,
      List<LayerInfo> layers,
      List<LayerOrigin> origins,
      List<ImageConfig.History> base,
      Optional<Instant> epoch,
      Optional<byte[]> inlineCache)
      throws SolveException {
    ImageConfig parsed;
    Object json;
    try {
      parsed = ImageConfig.parse(config);
      json = Json.parse(config);
    } catch (JsonException e) {
      throw invalid("invalid image config for export: " + e.getMessage());
    }
    if (!(json instanceof Map<?, ?> members)) {
      throw invalid("invalid null image config for export");
    }
    if (parsed.platform().os().isEmpty()) {
      throw invalid("invalid image config for export: missing os");
    }
    if (parsed.platform().architecture().isEmpty()) {
      throw invalid("invalid image config for export: missing architecture");
    }
    Map<String, @Nullable Object> patched = new TreeMap<>();
    members.forEach((k, v) -> patched.put(String.valueOf(k), v));
    Map<String, @Nullable Object> rootFs = new LinkedHashMap<>();
    rootFs.put("type", "layers");
    rootFs.put(
        "diff_ids",
        layers.isEmpty() ? null : layers.stream().map(l -> l.diffId().toString()).toList());
    patched.put("rootfs", rootFs);

    List<ImageConfig.History> history = normalize(parsed.history(), origins);
    if (epoch.isPresent()) {
      history = clamp(history, base, epoch.get());
    }
    patched.put(
        "history",
        history.isEmpty() ? null : history.stream().map(ImageConfigPatch::json).toList());

    Object created = patched.get("created");
    if (created instanceof String said && epoch.isPresent()) {
      try {
        if (OffsetDateTime.parse(said).toInstant().isAfter(epoch.get())) {
          patched.put("created", format(epoch.get().atOffset(ZoneOffset.UTC)));
        }
      } catch (DateTimeParseException e) {
        throw invalid("failed to unmarshal creation time \"" + said + "\"");
      }
    } else if (!patched.containsKey("created")) {
      OffsetDateTime last = null;
      for (ImageConfig.History h : history) {
        last = h.created() != null ? h.created() : last;
      }
      patched.put("created", last == null ? null : format(last));
    }
    inlineCache.ifPresent(
        c -> patched.put("moby.buildkit.cache.v0", Base64.getEncoder().encodeToString(c)));
    return Json.bytes(patched);
  }

  /** Makes the history tell of each layer, and gives each item a time. */
  static List<ImageConfig.History> normalize(
      List<ImageConfig.History> given, List<LayerOrigin> origins) {
    List<ImageConfig.History> history = new ArrayList<>();
    int layers = 0;
    for (ImageConfig.History h : given) {
      boolean empty = h.emptyLayer() || layers >= origins.size();
      if (!empty) {
        layers++;
      }
      history.add(
          new ImageConfig.History(h.created(), h.createdBy(), h.author(), h.comment(), empty));
    }
    for (LayerOrigin o : origins.subList(layers, origins.size())) {
      history.add(
          new ImageConfig.History(
              o.createdAt.atOffset(ZoneOffset.UTC),
              o.description,
              "",
              "buildkit.exporter.image.v0",
              false));
    }
    int layer = 0;
    for (int i = 0; i < history.size(); i++) {
      ImageConfig.History h = history.get(i);
      if (!h.emptyLayer()) {
        if (h.created() == null) {
          history.set(i, at(h, origins.get(layer).createdAt.atOffset(ZoneOffset.UTC)));
        }
        layer++;
      }
    }
    // An item without layer takes the time of the first new layer after it, or else of the last
    // before.
    OffsetDateTime created = null;
    boolean without = false;
    for (ImageConfig.History h : history) {
      if (h.created() != null) {
        created = h.created();
        if (without) {
          break;
        }
      } else {
        without = true;
      }
    }
    without = false;
    for (int i = 0; i < history.size(); i++) {
      ImageConfig.History h = history.get(i);
      if (h.created() != null) {
        if (without) {
          created = h.created();
        }
      } else {
        without = true;
        history.set(i, at(h, created));
      }
    }
    return history;
  }

  private static List<ImageConfig.History> clamp(
      List<ImageConfig.History> history, List<ImageConfig.History> base, Instant epoch) {
    List<ImageConfig.History> clamped = new ArrayList<>();
    boolean diverged = false;
    for (int i = 0; i < history.size(); i++) {
      ImageConfig.History h = history.get(i);
      if (!diverged && i < base.size() && h.equals(base.get(i))) {
        clamped.add(h);
        continue;
      }
      diverged = true;
      OffsetDateTime created = h.created();
      clamped.add(
          created == null || created.toInstant().isAfter(epoch)
              ? at(h, epoch.atOffset(ZoneOffset.UTC))
              : h);
    }
    return clamped;
  }

  private static ImageConfig.History at(ImageConfig.History h, @Nullable OffsetDateTime created) {
    return new ImageConfig.History(created, h.createdBy(), h.author(), h.comment(), h.emptyLayer());
  }

  private static Map<String, Object> json(ImageConfig.History h) {
    Map<String, Object> json = new LinkedHashMap<>();
    OffsetDateTime created = h.created();
    if (created != null) {
      json.put("created", format(created));
    }
    put(json, "created_by", h.createdBy());
    put(json, "author", h.author());
    put(json, "comment", h.comment());
    if (h.emptyLayer()) {
      json.put("empty_layer", true);
    }
    return json;
  }

  private static void put(Map<String, Object> json, String key, String value) {
    if (!value.isEmpty()) {
      json.put(key, value);
    }
  }

  /** RFC 3339 as Go writes it: fractions without trailing zeros. */
  static String format(OffsetDateTime time) {
    StringBuilder b =
        new StringBuilder(time.format(DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss")));
    if (time.getNano() != 0) {
      b.append('.')
          .append(
              String.format(java.util.Locale.ROOT, "%09d", time.getNano()).replaceAll("0+$", ""));
    }
    return b.append(time.getOffset().getId()).toString();
  }

  private static SolveException invalid(String message) {
    return new SolveException("export.config", ErrorCategory.USER, message);
  }
}
