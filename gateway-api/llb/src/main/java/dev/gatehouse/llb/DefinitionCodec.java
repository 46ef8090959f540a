package dev.gatehouse.llb;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import dev.gatehouse.llb.oci.Digest;
import dev.gatehouse.protocol.pb.ExportCache;
import dev.gatehouse.protocol.pb.Location;
import dev.gatehouse.protocol.pb.Locations;
import dev.gatehouse.protocol.pb.Position;
import dev.gatehouse.protocol.pb.Range;
import dev.gatehouse.protocol.pb.Source;
import dev.gatehouse.protocol.pb.SourceInfo;
import java.io.IOException;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The protobuf form of definitions and their metadata. */
final class DefinitionCodec {
  /**
   * Source maps hold definitions that may hold source maps: deeper than this is no honest input.
   */
  private static final int MAX_DEPTH = 16;

  private DefinitionCodec() {}

  static byte[] encode(Definition definition) {
    return bytes(message(definition));
  }

  /** Serialises with maps in order of their keys; fields go in order of their numbers anyway. */
  static byte[] bytes(MessageLite message) {
    byte[] bytes = new byte[message.getSerializedSize()];
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    out.useDeterministicSerialization();
    try {
      message.writeTo(out);
    } catch (IOException e) {
      throw new IllegalStateException("an array of the right size took no message", e);
    }
    out.checkNoSpaceLeft();
    return bytes;
  }

  static dev.gatehouse.protocol.pb.Definition message(Definition definition) {
    var out = dev.gatehouse.protocol.pb.Definition.newBuilder();
    for (byte[] op : definition.ops()) {
      out.addDef(ByteString.copyFrom(op));
    }
    definition.metadata().forEach((digest, meta) -> out.putMetadata(digest.value(), encode(meta)));
    if (!definition.sources().isEmpty() || !definition.locations().isEmpty()) {
      out.setSource(sources(definition));
    }
    return out.build();
  }

  private static Source sources(Definition definition) {
    Source.Builder out = Source.newBuilder();
    Map<SourceMap, Integer> index = new IdentityHashMap<>();
    for (SourceMap map : definition.sources()) {
      index.put(map, index.size());
      SourceInfo.Builder info =
          SourceInfo.newBuilder()
              .setFilename(map.filename())
              .setLanguage(map.language())
              .setData(ByteString.copyFrom(map.data()));
      if (map.definition() != null) {
        info.setDefinition(message(map.definition()));
      }
      out.addInfos(info);
    }
    definition
        .locations()
        .forEach((digest, locations) -> {
          Locations.Builder list = Locations.newBuilder();
          for (SourceLocation location : locations) {
            Integer i = index.get(location.source());
            if (i == null) {
              i = definition.sources().indexOf(location.source());
              if (i < 0) {
                throw new LlbException(
                    "a location of " + digest + " is in a file that the definition lacks");
              }
            }
            Location.Builder one = Location.newBuilder().setSourceIndex(i);
            location.ranges().forEach(range -> one.addRanges(encode(range)));
            list.addLocations(one);
          }
          out.putLocations(digest.value(), list.build());
        });
    return out.build();
  }

  static Range encode(SourceRange range) {
    return Range.newBuilder()
        .setStart(
            Position.newBuilder().setLine(range.startLine()).setCharacter(range.startCharacter()))
        .setEnd(Position.newBuilder().setLine(range.endLine()).setCharacter(range.endCharacter()))
        .build();
  }

  static dev.gatehouse.protocol.pb.OpMetadata encode(OpMetadata meta) {
    var out =
        dev.gatehouse.protocol.pb.OpMetadata.newBuilder()
            .setIgnoreCache(meta.ignoreCache())
            .putAllDescription(meta.description());
    if (meta.exportCache() != null) {
      out.setExportCache(ExportCache.newBuilder().setValue(meta.exportCache()));
    }
    meta.capabilities().forEach(capability -> out.putCaps(capability, true));
    if (meta.progressGroup() != null) {
      ProgressGroup group = meta.progressGroup();
      out.setProgressGroup(
          dev.gatehouse.protocol.pb.ProgressGroup.newBuilder()
              .setId(group.id())
              .setName(group.name())
              .setWeak(group.weak()));
    }
    if (meta.linuxResources() != null) {
      LinuxResources resources = meta.linuxResources();
      out.setLinuxResources(
          dev.gatehouse.protocol.pb.LinuxResources.newBuilder()
              .setMemory(resources.memory())
              .setMemorySwap(resources.memorySwap())
              .setCpuShares(resources.cpuShares())
              .setCpuPeriod(resources.cpuPeriod())
              .setCpuQuota(resources.cpuQuota())
              .setCpusetCpus(resources.cpusetCpus())
              .setCpusetMems(resources.cpusetMems()));
    }
    return out.build();
  }

  static Definition decode(byte[] bytes) {
    try {
      return decode(dev.gatehouse.protocol.pb.Definition.parseFrom(bytes), 0);
    } catch (InvalidProtocolBufferException e) {
      throw new LlbException("not an LLB definition: " + e.getMessage(), e);
    }
  }

  private static Definition decode(dev.gatehouse.protocol.pb.Definition in, int depth) {
    if (depth > MAX_DEPTH) {
      throw new LlbException("source maps of the definition are nested too deeply");
    }
    List<byte[]> ops = new ArrayList<>(in.getDefCount());
    for (ByteString op : in.getDefList()) {
      ops.add(op.toByteArray());
    }
    Map<Digest, OpMetadata> metadata = new LinkedHashMap<>();
    new TreeMap<>(in.getMetadataMap())
        .forEach((digest, meta) -> metadata.put(digest(digest), decode(meta)));
    List<SourceMap> sources = new ArrayList<>();
    for (SourceInfo info : in.getSource().getInfosList()) {
      sources.add(
          new SourceMap(
              info.getFilename(),
              info.getLanguage(),
              info.getData().toByteArray(),
              info.hasDefinition() ? decode(info.getDefinition(), depth + 1) : null));
    }
    Map<Digest, List<SourceLocation>> locations = new LinkedHashMap<>();
    new TreeMap<>(in.getSource().getLocationsMap())
        .forEach((digest, list) -> {
          List<SourceLocation> decoded = new ArrayList<>();
          for (Location location : list.getLocationsList()) {
            int index = location.getSourceIndex();
            if (index < 0 || index >= sources.size()) {
              throw new LlbException("failed to find source map with index " + index);
            }
            List<SourceRange> ranges = new ArrayList<>();
            for (Range range : location.getRangesList()) {
              ranges.add(
                  new SourceRange(
                      range.getStart().getLine(),
                      range.getStart().getCharacter(),
                      range.getEnd().getLine(),
                      range.getEnd().getCharacter()));
            }
            decoded.add(new SourceLocation(sources.get(index), ranges));
          }
          locations.put(digest(digest), decoded);
        });
    return new Definition(ops, metadata, sources, locations);
  }

  private static Digest digest(String text) {
    return Digest.parse(text)
        .orElseThrow(() -> new LlbException("\"" + text + "\" in the definition is no digest"));
  }

  private static OpMetadata decode(dev.gatehouse.protocol.pb.OpMetadata in) {
    Map<String, Boolean> caps = new TreeMap<>(in.getCapsMap());
    var group = in.getProgressGroup();
    var resources = in.getLinuxResources();
    return new OpMetadata(
        in.getIgnoreCache(),
        in.getDescriptionMap(),
        in.hasExportCache() ? in.getExportCache().getValue() : null,
        caps.keySet(),
        in.hasProgressGroup()
            ? new ProgressGroup(group.getId(), group.getName(), group.getWeak())
            : null,
        in.hasLinuxResources()
            ? new LinuxResources(
                resources.getMemory(),
                resources.getMemorySwap(),
                resources.getCpuShares(),
                resources.getCpuPeriod(),
                resources.getCpuQuota(),
                resources.getCpusetCpus(),
                resources.getCpusetMems())
            : null);
  }
}
