package dev.gatehouse.frontend.dockerfile.outline;

import dev.gatehouse.llb.Definition;
import dev.gatehouse.llb.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A question that this frontend answers in place of a build, named by the option {@code requestid}.
 */
public enum Subrequest {
  /** Which build checks fail. */
  LINT("frontend.lint", "1.0.0", "Lint a Dockerfile"),
  /** Which parameters a target takes. */
  OUTLINE("frontend.outline", "1.0.0", "List all parameters current build target supports"),
  /** Which targets there are. */
  TARGETS("frontend.targets", "1.0.0", "List all targets current build supports"),
  /** Which operations it converts to. */
  CONVERT("frontend.convertllb", "0.1.0", "Convert Dockerfile to LLB"),
  /** Which questions there are. */
  DESCRIBE("frontend.subrequests.describe", "1.0.0", "List available subrequest types");

  private final String id;
  private final String version;
  private final String description;

  Subrequest(String id, String version, String description) {
    this.id = id;
    this.version = version;
    this.description = description;
  }

  /** The value of {@code requestid}. */
  public String id() {
    return id;
  }

  /** The question of this id; null if there is none. */
  public static @Nullable Subrequest of(String id) {
    for (Subrequest request : values()) {
      if (request.id.equals(id)) {
        return request;
      }
    }
    return null;
  }

  /**
   * The answer to {@link #DESCRIBE}: metadata of a result. BuildKit leaves lint and the conversion
   * out of it, and so does this.
   */
  public static Map<String, byte[]> describe() {
    List<Object> list = new ArrayList<>();
    TextTable table = new TextTable(1);
    table.row("NAME", "VERSION", "DESCRIPTION");
    for (Subrequest request : List.of(OUTLINE, TARGETS, DESCRIBE)) {
      list.add(request.json());
      table.row(request.id.substring("frontend.".length()), request.version, request.description);
    }
    return DESCRIBE.result(list, table.bytes());
  }

  /** The answer to {@link #CONVERT}, which has no text for people. */
  public static Map<String, byte[]> converted(Definition definition) {
    Map<String, byte[]> metadata =
        new LinkedHashMap<>(CONVERT.result(definition.toJson(), new byte[0]));
    metadata.remove("result.txt");
    return metadata;
  }

  private Map<String, Object> json() {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("name", id);
    json.put("version", version);
    json.put("type", "rpc");
    json.put("description", description);
    json.put(
        "opts",
        switch (this) {
          case OUTLINE -> List.of(named("target", "Target build stage"));
          case DESCRIBE -> null;
          default -> List.of();
        });
    json.put("inputs", null);
    json.put("metadata", List.of(named("result.json", ""), named("result.txt", "")));
    json.put("refs", null);
    return erased(json);
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> erased(Map<String, ? extends @Nullable Object> json) {
    return (Map<String, Object>) json;
  }

  private static Map<String, Object> named(String name, String description) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("name", name);
    json.put("description", description);
    return json;
  }

  /** Metadata of a result. */
  Map<String, byte[]> result(Object json, byte[] text) {
    Map<String, byte[]> metadata = new LinkedHashMap<>();
    metadata.put("result.json", Json.writeIndented(json, "  ").getBytes(StandardCharsets.UTF_8));
    metadata.put("result.txt", text);
    metadata.put("version", version.getBytes(StandardCharsets.UTF_8));
    return metadata;
  }
}
