package dev.gatehouse.llb;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.gatehouse.llb.oci.Digest;
import dev.gatehouse.protocol.pb.Op;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A definition in the JSON of BuildKit's request {@code frontend.convertllb}: operations and source
 * in protobuf's own mapping to JSON, metadata with Go's names.
 *
 * <p>Members are in the order in which Go writes them: those of messages as their fields are
 * declared, keys of maps sorted.
 */
final class ConvertedJson {
  private ConvertedJson() {}

  /** What {@link dev.gatehouse.llb.json.Json} writes of a definition. */
  static Map<String, Object> of(Definition definition) {
    Map<String, Object> operations = new TreeMap<>();
    Map<String, Object> metadata = new TreeMap<>();
    for (byte[] bytes : definition.ops()) {
      try {
        operations.put(Digest.sha256(bytes).value(), json(Op.parseFrom(bytes)));
      } catch (InvalidProtocolBufferException e) {
        throw new LlbException("failed to parse op: " + e.getMessage(), e);
      }
    }
    definition.metadata().forEach((digest, meta) -> metadata.put(digest.value(), metadata(meta)));
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("def", operations);
    all.put("metadata", metadata);
    all.put("source", json(DefinitionCodec.message(located(definition)).getSource()));
    return all;
  }

  /** With an empty list of locations for each operation that has none, which Go writes too. */
  private static Definition located(Definition definition) {
    List<Digest> digests = definition.digests();
    Map<Digest, List<SourceLocation>> locations = new HashMap<>(definition.locations());
    digests
        .subList(0, Math.max(0, digests.size() - 1))
        .forEach(digest -> locations.putIfAbsent(digest, List.of()));
    List<SourceMap> sources = new ArrayList<>();
    Map<SourceMap, SourceMap> changed = new HashMap<>();
    for (SourceMap source : definition.sources()) {
      SourceMap with =
          new SourceMap(
              source.filename(),
              source.language(),
              source.data(),
              source.definition() == null ? null : located(source.definition()));
      sources.add(with);
      changed.put(source, with);
    }
    locations.replaceAll((digest, list) ->
        list.stream()
            .map(at ->
                new SourceLocation(changed.getOrDefault(at.source(), at.source()), at.ranges()))
            .toList());
    return new Definition(definition.ops(), definition.metadata(), sources, locations);
  }

  private static Map<String, Object> metadata(OpMetadata meta) {
    Map<String, Object> json = new LinkedHashMap<>();
    if (meta.ignoreCache()) {
      json.put("ignore_cache", true);
    }
    if (!meta.description().isEmpty()) {
      json.put("description", meta.description());
    }
    if (meta.exportCache() != null) {
      json.put("export_cache", meta.exportCache() ? Map.of("Value", true) : Map.of());
    }
    if (!meta.capabilities().isEmpty()) {
      Map<String, Object> capabilities = new TreeMap<>();
      meta.capabilities().forEach(id -> capabilities.put(id, true));
      json.put("caps", capabilities);
    }
    if (meta.progressGroup() != null) {
      Map<String, Object> group = new LinkedHashMap<>();
      group.put("id", meta.progressGroup().id());
      group.put("name", meta.progressGroup().name());
      group.put("weak", meta.progressGroup().weak());
      group.values().removeIf(value -> value.equals("") || value.equals(false));
      json.put("progress_group", group);
    }
    LinuxResources resources = meta.linuxResources();
    if (resources != null) {
      Map<String, Object> limits = new LinkedHashMap<>();
      limits.put("memory", resources.memory());
      limits.put("memorySwap", resources.memorySwap());
      limits.put("cpuShares", resources.cpuShares());
      limits.put("cpuPeriod", resources.cpuPeriod());
      limits.put("cpuQuota", resources.cpuQuota());
      limits.put("cpusetCpus", resources.cpusetCpus());
      limits.put("cpusetMems", resources.cpusetMems());
      limits.values().removeIf(value -> value.equals("") || value.equals(0L));
      json.put("linux_resources", limits);
    }
    return json;
  }

  private static Map<String, Object> json(Message message) {
    List<Map.Entry<FieldDescriptor, Object>> fields =
        new ArrayList<>(message.getAllFields().entrySet());
    fields.sort(Comparator.comparingInt(field -> field.getKey().getIndex()));
    Map<String, Object> json = new LinkedHashMap<>();
    for (Map.Entry<FieldDescriptor, Object> field : fields) {
      FieldDescriptor descriptor = field.getKey();
      Object value = field.getValue();
      Object written;
      if (descriptor.isMapField()) {
        written = entries((List<?>) value);
      } else if (descriptor.isRepeated()) {
        List<Object> list = new ArrayList<>();
        ((List<?>) value).forEach(item -> list.add(value(descriptor, item)));
        written = list;
      } else {
        written = value(descriptor, value);
      }
      json.put(descriptor.getJsonName(), written);
    }
    return json;
  }

  private static Map<String, Object> entries(List<?> entries) {
    Map<String, Object> map = new TreeMap<>();
    for (Object entry : entries) {
      Message message = (Message) entry;
      FieldDescriptor key = message.getDescriptorForType().findFieldByNumber(1);
      FieldDescriptor value = message.getDescriptorForType().findFieldByNumber(2);
      map.put(String.valueOf(message.getField(key)), value(value, message.getField(value)));
    }
    return map;
  }

  /** Numbers of 64 bits are text, bytes base64, values of enums their names. */
  private static Object value(FieldDescriptor field, Object value) {
    if (value instanceof Message message) {
      return json(message);
    }
    if (value instanceof EnumValueDescriptor constant) {
      return constant.getName();
    }
    if (value instanceof ByteString bytes) {
      return Base64.getEncoder().encodeToString(bytes.toByteArray());
    }
    return switch (field.getJavaType()) {
      case LONG ->
          field.getType() == FieldDescriptor.Type.UINT64
                  || field.getType() == FieldDescriptor.Type.FIXED64
              ? Long.toUnsignedString((Long) value)
              : String.valueOf(value);
      case INT ->
          field.getType() == FieldDescriptor.Type.UINT32
              ? Integer.toUnsignedLong((Integer) value)
              : ((Integer) value).longValue();
      default -> value;
    };
  }
}
