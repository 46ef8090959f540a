package dev.gatehouse.frontend.dockerfile.outline;

import dev.gatehouse.llb.Definition;
import dev.gatehouse.llb.LinuxResources;
import dev.gatehouse.llb.OpMetadata;
import dev.gatehouse.llb.ProgressGroup;
import dev.gatehouse.llb.SourceLocation;
import dev.gatehouse.llb.SourceMap;
import dev.gatehouse.llb.SourceRange;
import dev.gatehouse.llb.oci.Digest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Source files and the definitions that load them, in the JSON of {@code pb.SourceInfo}: empty
 * members are left out.
 */
final class SourceJson {
  private SourceJson() {}

  static Map<String, Object> of(SourceMap source) {
    Map<String, Object> json = new LinkedHashMap<>();
    put(json, "filename", source.filename());
    put(json, "data", base64(source.data()));
    Definition definition = source.definition();
    if (definition != null) {
      json.put("definition", of(definition));
    }
    put(json, "language", source.language());
    return json;
  }

  static String base64(byte[] data) {
    return Base64.getEncoder().encodeToString(data);
  }

  private static Map<String, Object> of(Definition definition) {
    Map<String, Object> json = new LinkedHashMap<>();
    put(json, "def", definition.ops().stream().map(SourceJson::base64).toList());
    Map<String, Object> metadata = new TreeMap<>();
    definition.metadata().forEach((digest, value) -> metadata.put(digest.value(), of(value)));
    put(json, "metadata", metadata);
    Map<String, Object> source = new LinkedHashMap<>();
    Map<String, Object> locations = new TreeMap<>();
    definition
        .locations()
        .forEach((Digest digest, List<SourceLocation> list) -> {
          Map<String, Object> value = new LinkedHashMap<>();
          List<Object> items = new ArrayList<>(list.size());
          for (SourceLocation location : list) {
            items.add(of(location, definition.sources()));
          }
          put(value, "locations", items);
          locations.put(digest.value(), value);
        });
    // Each operation has an entry, if an empty one, but for the last, which marks the output.
    List<Digest> digests = definition.digests();
    for (int i = 0; i + 1 < digests.size(); i++) {
      locations.putIfAbsent(digests.get(i).value(), Map.of());
    }
    put(source, "locations", locations);
    put(source, "infos", definition.sources().stream().map(SourceJson::of).toList());
    if (!source.isEmpty()) {
      json.put("Source", source);
    }
    return json;
  }

  private static Map<String, Object> of(SourceLocation location, List<SourceMap> sources) {
    Map<String, Object> json = new LinkedHashMap<>();
    put(json, "sourceIndex", sources.indexOf(location.source()));
    List<Object> ranges = new ArrayList<>(location.ranges().size());
    for (SourceRange range : location.ranges()) {
      Map<String, Object> value = new LinkedHashMap<>();
      value.put("start", position(range.startLine(), range.startCharacter()));
      value.put("end", position(range.endLine(), range.endCharacter()));
      ranges.add(value);
    }
    put(json, "ranges", ranges);
    return json;
  }

  private static Map<String, Object> position(int line, int character) {
    Map<String, Object> json = new LinkedHashMap<>();
    put(json, "line", line);
    put(json, "character", character);
    return json;
  }

  private static Map<String, Object> of(OpMetadata metadata) {
    Map<String, Object> json = new LinkedHashMap<>();
    if (metadata.ignoreCache()) {
      json.put("ignore_cache", true);
    }
    put(json, "description", metadata.description());
    Boolean export = metadata.exportCache();
    if (export != null) {
      json.put("export_cache", export ? Map.of("Value", true) : Map.of());
    }
    Map<String, Object> capabilities = new TreeMap<>();
    metadata.capabilities().forEach(capability -> capabilities.put(capability, true));
    put(json, "caps", capabilities);
    ProgressGroup group = metadata.progressGroup();
    if (group != null) {
      Map<String, Object> value = new LinkedHashMap<>();
      put(value, "id", group.id());
      put(value, "name", group.name());
      if (group.weak()) {
        value.put("weak", true);
      }
      json.put("progress_group", value);
    }
    LinuxResources resources = metadata.linuxResources();
    if (resources != null) {
      json.put("linux_resources", of(resources));
    }
    return json;
  }

  private static Map<String, Object> of(LinuxResources resources) {
    Map<String, Object> json = new LinkedHashMap<>();
    put(json, "memory", resources.memory());
    put(json, "memorySwap", resources.memorySwap());
    put(json, "cpuShares", resources.cpuShares());
    put(json, "cpuPeriod", resources.cpuPeriod());
    put(json, "cpuQuota", resources.cpuQuota());
    put(json, "cpusetCpus", resources.cpusetCpus());
    put(json, "cpusetMems", resources.cpusetMems());
    return json;
  }

  private static void put(Map<String, Object> json, String name, Object value) {
    boolean empty =
        value instanceof String text
            ? text.isEmpty()
            : value instanceof List<?> list
                ? list.isEmpty()
                : value instanceof Map<?, ?> map
                    ? map.isEmpty()
                    : value instanceof Number number && number.longValue() == 0;
    if (!empty) {
      json.put(name, value);
    }
  }
}
