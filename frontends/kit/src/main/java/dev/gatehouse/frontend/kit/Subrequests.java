package dev.gatehouse.frontend.kit;

import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.Result;
import dev.gatehouse.llb.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Questions that a frontend answers in place of a build, chosen by the option {@code requestid},
 * and the answer to which questions there are.
 *
 * <pre>{@code
 * Subrequests subrequests = new Subrequests().add(
 *     new Subrequests.Description("frontend.targets", "1.0.0", "List all targets"), () -> targets());
 * Optional<Result> answer = subrequests.answer(options);
 * }</pre>
 */
public final class Subrequests {
  /** The question which questions there are. */
  public static final String DESCRIBE = "frontend.subrequests.describe";

  private static final Description SELF =
      new Description(DESCRIBE, "1.0.0", "List available subrequest types");

  /**
   * What is said about a question.
   *
   * @param name the value of {@code requestid}
   * @param version of the form of the answer
   * @param description one sentence
   */
  public record Description(String name, String version, String description) {}

  /** Answers a question. */
  @FunctionalInterface
  public interface Handler {
    /**
     * The answer: metadata {@code result.json}, {@code result.txt} and what else there is to say.
     */
    Map<String, byte[]> answer() throws FrontendException, InterruptedException;
  }

  private record Entry(Description description, Handler handler) {}

  private final Map<String, Entry> entries = new LinkedHashMap<>();

  /** Adds a question. */
  public Subrequests add(Description description, Handler handler) {
    if (entries.put(description.name(), new Entry(description, handler)) != null) {
      throw new IllegalArgumentException("subrequest " + description.name() + " is there twice");
    }
    return this;
  }

  /**
   * The answer to the question of a build; nothing if it asks none and is to be built.
   *
   * @throws FrontendException if the question is not known, or its answer fails
   */
  public Optional<Result> answer(FrontendOptions options)
      throws FrontendException, InterruptedException {
    Optional<String> id = options.find("requestid");
    if (id.isEmpty()) {
      return Optional.empty();
    }
    Entry entry = entries.get(id.get());
    Map<String, byte[]> metadata;
    String version;
    if (entry != null) {
      metadata = entry.handler().answer();
      version = entry.description().version();
    } else if (id.get().equals(DESCRIBE)) {
      metadata = describe();
      version = SELF.version();
    } else {
      throw FrontendException.unsupportedSubrequest(id.get());
    }
    Result.Builder result = Result.builder();
    metadata.forEach(result::metadata);
    if (!metadata.containsKey("version")) {
      result.metadata("version", version);
    }
    return Optional.of(result.build());
  }

  private Map<String, byte[]> describe() {
    List<Description> all = new ArrayList<>();
    entries.values().forEach(entry -> all.add(entry.description()));
    all.add(SELF);
    List<Object> json = new ArrayList<>();
    int nameWidth = "NAME".length();
    int versionWidth = "VERSION".length();
    for (Description d : all) {
      nameWidth = Math.max(nameWidth, shortName(d).length());
      versionWidth = Math.max(versionWidth, d.version().length());
    }
    StringBuilder text = new StringBuilder();
    String row = "%-" + nameWidth + "s %-" + versionWidth + "s %s\n";
    text.append(String.format(row, "NAME", "VERSION", "DESCRIPTION"));
    for (Description d : all) {
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put("name", d.name());
      entry.put("version", d.version());
      entry.put("type", "rpc");
      entry.put("description", d.description());
      entry.put("metadata", List.of(Map.of("name", "result.json"), Map.of("name", "result.txt")));
      json.add(entry);
      text.append(String.format(row, shortName(d), d.version(), d.description()));
    }
    Map<String, byte[]> metadata = new LinkedHashMap<>();
    metadata.put("result.json", Json.writeIndented(json, "  ").getBytes(StandardCharsets.UTF_8));
    metadata.put("result.txt", text.toString().getBytes(StandardCharsets.UTF_8));
    return metadata;
  }

  private static String shortName(Description description) {
    return description.name().startsWith("frontend.")
        ? description.name().substring("frontend.".length())
        : description.name();
  }
}
