package dev.gatehouse.frontend.dockerfile;

import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.Warning;
import dev.gatehouse.frontend.dockerfile.offline.OfflineBuild;
import dev.gatehouse.frontend.dockerfile.offline.OfflineGateway;
import dev.gatehouse.llb.Definition;
import dev.gatehouse.llb.LlbGraph;
import dev.gatehouse.llb.OpMetadata;
import dev.gatehouse.llb.SourceLocation;
import dev.gatehouse.llb.SourceRange;
import dev.gatehouse.llb.json.Json;
import dev.gatehouse.llb.oci.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * A recorded conversion, and how ours is compared with it. The form is that of {@code
 * golden/README.md}.
 */
final class GoldenCase {
  private final Path folder;
  private final Map<String, Object> recorded;
  private final List<String> differences = new ArrayList<>();

  private GoldenCase(Path folder, Map<String, Object> recorded) {
    this.folder = folder;
    this.recorded = recorded;
  }

  static GoldenCase read(Path file) throws IOException {
    return new GoldenCase(file.getParent(), map(Json.parse(Files.readAllBytes(file))));
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> map(Object json) {
    return json == null ? Map.of() : (Map<String, Object>) json;
  }

  @SuppressWarnings("unchecked")
  private static List<Object> list(Object json) {
    return json == null ? List.of() : (List<Object>) json;
  }

  String id() {
    return (String) recorded.get("id");
  }

  Map<String, String> options() {
    Map<String, String> options = new LinkedHashMap<>();
    map(recorded.get("opts")).forEach((key, value) -> options.put(key, (String) value));
    return options;
  }

  private void check(String what, Object expected, Object actual) {
    if (!Objects.equals(expected, actual)) {
      String e = String.valueOf(expected);
      String a = String.valueOf(actual);
      int at = 0;
      while (at < Math.min(e.length(), a.length()) && e.charAt(at) == a.charAt(at)) {
        at++;
      }
      int from = Math.max(0, at - 60);
      differences.add(
          what
              + " differs at "
              + at
              + "\n  expected: "
              + e.substring(from, Math.min(e.length(), at + 200))
              + "\n  actual:   "
              + a.substring(from, Math.min(a.length(), at + 200)));
    }
  }

  List<String> compare(OfflineBuild.Outcome outcome, byte[] dockerfile) throws IOException {
    compareError(outcome.failure());
    compareWarnings(outcome.warnings());
    compareSolves(outcome);
    if (recorded.containsKey("resolves") || outcome.failure() == null) {
      compareLookups(outcome.gateway());
    }
    if (outcome.failure() == null && recorded.containsKey("result")) {
      compareDefinitions(outcome);
      compareMetadata(outcome, dockerfile);
    }
    return differences;
  }

  private void compareError(FrontendException failure) {
    Map<String, Object> error = map(recorded.get("error"));
    check("error", error.get("message"), failure == null ? null : failure.getMessage());
    if (failure != null && !error.isEmpty()) {
      List<Object> sources = new ArrayList<>();
      for (SourceLocation location : failure.sources()) {
        sources.add(
            Map.of("filename", location.source().filename(), "ranges", ranges(location.ranges())));
      }
      check("error sources", sorted(list(error.get("sources"))), sorted(sources));
    }
  }

  private static List<Object> sorted(List<Object> values) {
    List<Object> normal = new ArrayList<>();
    values.forEach(value -> normal.add(canonical(value)));
    return normal;
  }

  private static Object canonical(Object value) {
    if (value instanceof Map<?, ?> m) {
      Map<String, Object> out = new TreeMap<>();
      m.forEach((k, v) -> out.put(String.valueOf(k), canonical(v)));
      return out;
    }
    if (value instanceof List<?> l) {
      List<Object> out = new ArrayList<>();
      l.forEach(v -> out.add(canonical(v)));
      return out;
    }
    return value;
  }

  private static List<Object> ranges(List<SourceRange> ranges) {
    List<Object> out = new ArrayList<>();
    for (SourceRange r : ranges) {
      out.add(
          List.of(
              (long) r.startLine(),
              (long) r.startCharacter(),
              (long) r.endLine(),
              (long) r.endCharacter()));
    }
    return out;
  }

  private void compareWarnings(List<Warning> warnings) {
    List<Map<String, Object>> actual = new ArrayList<>();
    for (Warning warning : warnings) {
      Map<String, Object> json = new LinkedHashMap<>();
      json.put("rule", warning.message().substring(0, warning.message().indexOf(':')));
      json.put("msg", warning.message());
      json.put("level", (long) warning.level());
      json.put("detail", warning.details());
      if (!warning.url().isEmpty()) {
        json.put("url", warning.url());
      }
      json.put("ranges", ranges(warning.ranges()));
      actual.add(json);
    }
    sortNeighbours(actual, "rule", "ranges", "msg");
    check("warnings", sorted(list(recorded.get("warnings"))), sorted(new ArrayList<>(actual)));
  }

  private static void sortNeighbours(
      List<Map<String, Object>> items, String rule, String place, String text) {
    int start = 0;
    while (start < items.size()) {
      int end = start + 1;
      while (end < items.size()
          && Objects.equals(items.get(start).get(rule), items.get(end).get(rule))
          && Objects.equals(
              canonical(items.get(start).get(place)), canonical(items.get(end).get(place)))) {
        end++;
      }
      items.subList(start, end).sort(Comparator.comparing(item -> String.valueOf(item.get(text))));
      start = end;
    }
  }

  private void compareLookups(OfflineGateway gateway) {
    List<String> expected = new ArrayList<>();
    for (Object resolve : list(recorded.get("resolves"))) {
      Map<String, Object> r = map(resolve);
      expected.add(
          r.get("ref") + " " + r.get("platform") + " " + r.get("mode") + " " + r.get("logName"));
    }
    List<String> actual = new ArrayList<>();
    for (OfflineGateway.Lookup lookup : gateway.lookups()) {
      actual.add(
          lookup.reference()
              + " "
              + lookup.options().platform().map(Object::toString).orElse("null")
              + " "
              + lookup.options().resolveMode()
              + " "
              + lookup.options().logName());
    }
    expected.sort(null);
    actual.sort(null);
    check("resolves", expected, actual);
  }

  private void compareSolves(OfflineBuild.Outcome outcome) throws IOException {
    List<Object> expected = list(recorded.get("solves"));
    List<OfflineGateway.Solved> actual = outcome.gateway().solved();
    if (recorded.containsKey("error") && actual.size() >= expected.size()) {
      actual = actual.subList(0, expected.size());
    }
    check("number of solves", expected.size(), actual.size());
    for (int i = 0; i < Math.min(expected.size(), actual.size()); i++) {
      Map<String, Object> e = map(expected.get(i));
      OfflineGateway.Solved a = actual.get(i);
      if (e.get("definition") instanceof String name && name.startsWith("$")) {
        Definition common =
            Definition.parse(
                Files.readAllBytes(folder.resolve("common." + name.substring(1) + ".llb")));
        check(
            "solve " + i,
            common.digests(),
            a.request().definition().orElse(Definition.SCRATCH).digests());
      }
      check("frontend of solve " + i, e.getOrDefault("frontend", ""), a.request().frontend());
      if (e.containsKey("frontendOpt")) {
        check(
            "options of solve " + i,
            new TreeMap<>(map(e.get("frontendOpt"))).toString(),
            new TreeMap<>(a.request().frontendOptions()).toString());
      }
      check("reads of solve " + i, list(e.get("reads")), List.copyOf(a.reads()));
      List<Object> imports = new ArrayList<>();
      a.request()
          .cacheImports()
          .forEach(c -> imports.add(Map.of("Type", c.type(), "Attrs", c.attributes())));
      check("cache imports of solve " + i, sorted(list(e.get("cacheImports"))), sorted(imports));
    }
  }

  private void compareDefinitions(OfflineBuild.Outcome outcome) throws IOException {
    Map<String, Object> result = map(recorded.get("result"));
    Map<String, String> names = new LinkedHashMap<>();
    if (result.get("ref") instanceof String name) {
      names.put("", name);
    }
    map(result.get("refs")).forEach((platform, name) -> names.put(platform, (String) name));
    Map<String, Definition> actual = outcome.definitions();
    for (Map.Entry<String, String> name : names.entrySet()) {
      Map<String, Object> expected = map(map(recorded.get("definitions")).get(name.getValue()));
      Definition definition = actual.getOrDefault(name.getKey(), Definition.SCRATCH);
      compareDefinition(name.getValue(), expected, definition);
    }
  }

  private void compareDefinition(String name, Map<String, Object> expected, Definition actual)
      throws IOException {
    Definition bytes =
        expected.get("llb") instanceof String llb
            ? Definition.parse(Files.readAllBytes(folder.resolve(llb)))
            : Definition.SCRATCH;
    List<Digest> digests = actual.digests();
    List<Object> ops = list(expected.get("ops"));
    if (!bytes.digests().equals(digests)) {
      List<LlbGraph.Node> nodes = LlbGraph.of(actual).nodes();
      for (int i = 0; i < Math.max(ops.size(), nodes.size()); i++) {
        Object e = i < ops.size() ? canonical(map(ops.get(i)).get("op")) : null;
        Object a = i < nodes.size() ? canonical(Json.parse(Json.write(nodes.get(i).json()))) : null;
        if (!Objects.equals(e, a)) {
          check(name + " op " + i, e, a);
          break;
        }
      }
      check(name + " digests", bytes.digests(), digests);
    }
    Map<String, String> groups = new LinkedHashMap<>();
    for (int i = 0; i < Math.min(ops.size(), digests.size()); i++) {
      Map<String, Object> op = map(ops.get(i));
      OpMetadata meta = actual.metadata().getOrDefault(digests.get(i), OpMetadata.NONE);
      check(
          name + " meta of op " + i,
          String.valueOf(canonical(map(op.get("meta")))),
          String.valueOf(canonical(json(meta, groups))));
      List<Object> locations = new ArrayList<>();
      for (SourceLocation location : actual.locations().getOrDefault(digests.get(i), List.of())) {
        locations.add(ranges(location.ranges()));
      }
      check(name + " loc of op " + i, list(op.get("loc")), locations);
    }
  }

  private static Map<String, Object> json(OpMetadata meta, Map<String, String> groups) {
    Map<String, Object> json = new TreeMap<>();
    if (meta.ignoreCache()) {
      json.put("ignore_cache", true);
    }
    if (!meta.description().isEmpty()) {
      json.put("description", meta.description());
    }
    if (!meta.capabilities().isEmpty()) {
      Map<String, Object> caps = new TreeMap<>();
      meta.capabilities().forEach(c -> caps.put(c, true));
      json.put("caps", caps);
    }
    if (meta.progressGroup() != null) {
      Map<String, Object> group = new TreeMap<>();
      group.put(
          "id", groups.computeIfAbsent(meta.progressGroup().id(), id -> "pg" + groups.size()));
      group.put("name", meta.progressGroup().name());
      if (meta.progressGroup().weak()) {
        group.put("weak", true);
      }
      json.put("progress_group", group);
    }
    if (meta.linuxResources() != null) {
      Map<String, Object> resources = new TreeMap<>();
      put(resources, "memory", meta.linuxResources().memory());
      put(resources, "memorySwap", meta.linuxResources().memorySwap());
      put(resources, "cpuShares", meta.linuxResources().cpuShares());
      put(resources, "cpuPeriod", meta.linuxResources().cpuPeriod());
      put(resources, "cpuQuota", meta.linuxResources().cpuQuota());
      if (!meta.linuxResources().cpusetCpus().isEmpty()) {
        resources.put("cpusetCpus", meta.linuxResources().cpusetCpus());
      }
      json.put("linux_resources", resources);
    }
    return json;
  }

  private static void put(Map<String, Object> json, String name, long value) {
    if (value != 0) {
      json.put(name, value);
    }
  }

  private void compareMetadata(OfflineBuild.Outcome outcome, byte[] dockerfile) {
    Map<String, Object> expected = map(map(recorded.get("result")).get("metadata"));
    Map<String, byte[]> actual = outcome.result().metadata();
    check(
        "metadata keys",
        List.copyOf(new TreeMap<>(expected).keySet()),
        List.copyOf(new TreeMap<>(actual).keySet()));
    expected.forEach((key, value) -> {
      byte[] bytes = actual.get(key);
      if (bytes == null) {
        return;
      }
      Map<String, Object> e = map(value);
      if (key.equals("result.json")) {
        check(key, canonical(e.get("json")), canonical(answer(bytes, dockerfile)));
      } else if (e.containsKey("text")) {
        StringBuilder text = new StringBuilder();
        list(e.get("text")).forEach(text::append);
        compareText(key, text.toString(), new String(bytes, StandardCharsets.UTF_8));
      } else if (!Digest.sha256(bytes).hex().equals(e.get("sha256"))) {
        check(key, Json.write(e.get("json")), Json.write(Json.parse(bytes)));
        check(key + " bytes", e.get("sha256"), Digest.sha256(bytes).hex());
      }
    });
  }

  private Object answer(byte[] bytes, byte[] dockerfile) {
    Object json = markers(Json.parse(bytes), Base64.getEncoder().encodeToString(dockerfile));
    Map<String, Object> top = map(json);
    if (top.get("warnings") instanceof List<?>) {
      List<Map<String, Object>> warnings = new ArrayList<>();
      list(top.get("warnings")).forEach(w -> warnings.add(map(w)));
      sortNeighbours(warnings, "ruleName", "location", "detail");
      top.put("warnings", warnings);
    }
    return top;
  }

  private static Object markers(Object json, String dockerfile) {
    if (json instanceof Map<?, ?> m) {
      Map<String, Object> out = new LinkedHashMap<>();
      m.forEach((k, v) ->
          out.put(
              String.valueOf(k),
              k.equals("definition") && v instanceof Map
                  ? "$load-dockerfile"
                  : markers(v, dockerfile)));
      return out;
    }
    if (json instanceof List<?> l) {
      List<Object> out = new ArrayList<>();
      l.forEach(v -> out.add(markers(v, dockerfile)));
      return out;
    }
    return dockerfile.equals(json) ? "$dockerfile" : json;
  }

  /**
   * Texts of several blocks are compared block by block: Go's sorting of blocks of one line is not
   * stable.
   */
  private void compareText(String key, String expected, String actual) {
    if (!expected.equals(actual)) {
      List<String> e = new ArrayList<>(Arrays.asList(expected.split("(?=\nWARNING: )")));
      List<String> a = new ArrayList<>(Arrays.asList(actual.split("(?=\nWARNING: )")));
      e.sort(null);
      a.sort(null);
      check(key, String.join("", e), String.join("", a));
    }
  }
}
