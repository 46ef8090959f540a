package dev.gatehouse.llb.oci;

import dev.gatehouse.llb.json.Json;
import dev.gatehouse.llb.json.JsonException;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The config of an image: OCI image specification 1.1 with Docker's health check, ONBUILD triggers
 * and shell.
 *
 * <p>{@link #toBytes()} writes members in the order and form in which BuildKit does, so that equal
 * configs have equal digests. Members that are none of these are dropped when a config is read, as
 * BuildKit drops them.
 *
 * @param created when the image was made; null if not said
 * @param author who made it; empty if not said
 * @param platform what it runs on
 * @param rootFs its layers
 * @param history how each layer, and each step without layer, came to be
 * @param config what a container of the image runs with
 */
public record ImageConfig(
    @Nullable OffsetDateTime created,
    String author,
    Platform platform,
    RootFs rootFs,
    List<History> history,
    ContainerConfig config) {

  public ImageConfig {
    history = List.copyOf(history);
  }

  /** An image without layers for a platform, as an image made from scratch begins. */
  public static ImageConfig empty(Platform platform) {
    return new ImageConfig(
        null, "", platform, new RootFs("layers", null), List.of(), ContainerConfig.EMPTY);
  }

  public ImageConfig withCreated(@Nullable OffsetDateTime created) {
    return new ImageConfig(created, author, platform, rootFs, history, config);
  }

  public ImageConfig withAuthor(String author) {
    return new ImageConfig(created, author, platform, rootFs, history, config);
  }

  public ImageConfig withPlatform(Platform platform) {
    return new ImageConfig(created, author, platform, rootFs, history, config);
  }

  public ImageConfig withRootFs(RootFs rootFs) {
    return new ImageConfig(created, author, platform, rootFs, history, config);
  }

  public ImageConfig withHistory(List<History> history) {
    return new ImageConfig(created, author, platform, rootFs, history, config);
  }

  public ImageConfig withConfig(ContainerConfig config) {
    return new ImageConfig(created, author, platform, rootFs, history, config);
  }

  /**
   * The layers of an image.
   *
   * @param type always {@code layers} in images of this day
   * @param diffIds digest of each layer's uncompressed tar, lowest first; null is written as JSON
   *     null, which is what an image has that never had layers
   */
  public record RootFs(String type, @Nullable List<Digest> diffIds) {
    public RootFs {
      diffIds = diffIds == null ? null : List.copyOf(diffIds);
    }
  }

  /**
   * One step of the making of an image.
   *
   * @param created when; null if not said
   * @param createdBy the command; empty if not said
   * @param author empty if not said
   * @param comment empty if not said
   * @param emptyLayer whether the step made no layer
   */
  public record History(
      @Nullable OffsetDateTime created,
      String createdBy,
      String author,
      String comment,
      boolean emptyLayer) {}

  /**
   * A health check of containers.
   *
   * @param test the command in Docker's form ({@code CMD}, {@code CMD-SHELL}, {@code NONE}); empty
   *     means inherited
   * @param interval nanoseconds; zero means inherited, as for all that follow
   * @param timeout nanoseconds
   * @param startPeriod nanoseconds
   * @param startInterval nanoseconds
   * @param retries how many failures make a container unhealthy
   */
  public record HealthCheck(
      List<String> test,
      long interval,
      long timeout,
      long startPeriod,
      long startInterval,
      int retries) {
    public HealthCheck {
      test = List.copyOf(test);
    }
  }

  /**
   * Reads the JSON form.
   *
   * @throws dev.gatehouse.llb.json.JsonException if it is no image config
   */
  public static ImageConfig parse(byte[] json) {
    JsonObject image = JsonObject.of(Json.parse(json), "image config");
    JsonObject rootFs = image.object("rootfs");
    List<Digest> diffIds = null;
    if (rootFs != null && rootFs.has("diff_ids")) {
      diffIds = new ArrayList<>();
      for (String diffId : rootFs.strings("diff_ids")) {
        diffIds.add(
            Digest.parse(diffId)
                .orElseThrow(() ->
                    new JsonException("image config: diff id \"" + diffId + "\" is no digest")));
      }
    }
    List<History> history = new ArrayList<>();
    for (Object item : image.list("history")) {
      JsonObject step = JsonObject.of(item, "history of image config");
      history.add(
          new History(
              time(step.string("created")),
              step.string("created_by"),
              step.string("author"),
              step.string("comment"),
              step.bool("empty_layer")));
    }
    JsonObject config = image.object("config");
    return new ImageConfig(
        time(image.string("created")),
        image.string("author"),
        image.platform(),
        new RootFs(rootFs == null ? "" : rootFs.string("type"), diffIds),
        history,
        config == null ? ContainerConfig.EMPTY : ContainerConfig.read(config));
  }

  private static @Nullable OffsetDateTime time(String text) {
    if (text.isEmpty()) {
      return null;
    }
    try {
      return OffsetDateTime.parse(text);
    } catch (DateTimeParseException e) {
      throw new JsonException("image config: \"" + text + "\" is no RFC 3339 time");
    }
  }

  /** The JSON form as compact UTF-8. */
  public byte[] toBytes() {
    return Json.bytes(toJson());
  }

  /** The JSON form as an object that {@link Json} writes. */
  public Map<String, @Nullable Object> toJson() {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    if (created != null) {
      json.put("created", format(created));
    }
    if (!author.isEmpty()) {
      json.put("author", author);
    }
    platform.addTo(json);
    Map<String, @Nullable Object> root = new LinkedHashMap<>();
    root.put("type", rootFs.type());
    root.put(
        "diff_ids",
        rootFs.diffIds() == null ? null : rootFs.diffIds().stream().map(Digest::value).toList());
    json.put("rootfs", root);
    if (!history.isEmpty()) {
      List<Object> steps = new ArrayList<>();
      for (History step : history) {
        Map<String, Object> entry = new LinkedHashMap<>();
        if (step.created() != null) {
          entry.put("created", format(step.created()));
        }
        putText(entry, "created_by", step.createdBy());
        putText(entry, "author", step.author());
        putText(entry, "comment", step.comment());
        if (step.emptyLayer()) {
          entry.put("empty_layer", true);
        }
        steps.add(entry);
      }
      json.put("history", steps);
    }
    json.put("config", config.toJson());
    return json;
  }

  static void putText(Map<String, Object> json, String name, String value) {
    if (!value.isEmpty()) {
      json.put(name, value);
    }
  }

  static void putList(Map<String, Object> json, String name, List<String> value) {
    if (!value.isEmpty()) {
      json.put(name, value);
    }
  }

  static void putMap(Map<String, Object> json, String name, Map<String, ?> value) {
    if (!value.isEmpty()) {
      json.put(name, new TreeMap<>(value));
    }
  }

  /** A time in RFC 3339 with as many digits of the second as it needs. */
  public static String format(OffsetDateTime time) {
    StringBuilder out =
        new StringBuilder(DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss").format(time));
    if (time.getNano() != 0) {
      String digits = String.format(Locale.ROOT, "%09d", time.getNano());
      int end = digits.length();
      while (digits.charAt(end - 1) == '0') {
        end--;
      }
      out.append('.').append(digits, 0, end);
    }
    return out.append(
            time.getOffset().equals(ZoneOffset.UTC)
                ? "Z"
                : DateTimeFormatter.ofPattern("xxx").format(time))
        .toString();
  }
}
