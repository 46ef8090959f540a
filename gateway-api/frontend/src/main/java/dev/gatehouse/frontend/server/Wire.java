package dev.gatehouse.frontend.server;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.gatehouse.frontend.CacheImport;
import dev.gatehouse.frontend.Capability;
import dev.gatehouse.frontend.CapabilitySet;
import dev.gatehouse.frontend.FileStat;
import dev.gatehouse.frontend.SourcePolicy;
import dev.gatehouse.frontend.WorkerInfo;
import dev.gatehouse.llb.Definition;
import dev.gatehouse.llb.SourceLocation;
import dev.gatehouse.llb.SourceMap;
import dev.gatehouse.llb.SourceRange;
import dev.gatehouse.llb.oci.Platform;
import dev.gatehouse.protocol.caps.APICap;
import dev.gatehouse.protocol.errdefs.Source;
import dev.gatehouse.protocol.fsutil.Stat;
import dev.gatehouse.protocol.gateway.CacheOptionsEntry;
import dev.gatehouse.protocol.pb.Position;
import dev.gatehouse.protocol.pb.Range;
import dev.gatehouse.protocol.pb.SourceInfo;
import dev.gatehouse.protocol.sourcepolicy.AttrConstraint;
import dev.gatehouse.protocol.sourcepolicy.AttrMatch;
import dev.gatehouse.protocol.sourcepolicy.MatchType;
import dev.gatehouse.protocol.sourcepolicy.Policy;
import dev.gatehouse.protocol.sourcepolicy.PolicyAction;
import dev.gatehouse.protocol.sourcepolicy.Rule;
import dev.gatehouse.protocol.sourcepolicy.Selector;
import dev.gatehouse.protocol.sourcepolicy.Update;
import dev.gatehouse.protocol.worker.WorkerRecord;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The SDK's records as messages and back. */
final class Wire {
  private Wire() {}

  static Map<String, byte[]> bytes(Map<String, ByteString> map) {
    Map<String, byte[]> out = new LinkedHashMap<>();
    map.forEach((k, v) -> out.put(k, v.toByteArray()));
    return out;
  }

  static Map<String, ByteString> byteStrings(Map<String, byte[]> map) {
    Map<String, ByteString> out = new LinkedHashMap<>();
    map.forEach((k, v) -> out.put(k, ByteString.copyFrom(v)));
    return out;
  }

  static dev.gatehouse.protocol.pb.Definition definition(Definition d) {
    try {
      return dev.gatehouse.protocol.pb.Definition.parseFrom(d.toBytes());
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("a definition does not encode itself", e);
    }
  }

  /** Throws {@link dev.gatehouse.llb.LlbException} when it is none. */
  static Definition definition(dev.gatehouse.protocol.pb.Definition d) {
    return d.getDefCount() == 0 ? Definition.SCRATCH : Definition.parse(d.toByteArray());
  }

  static dev.gatehouse.protocol.pb.Platform platform(Platform p) {
    return dev.gatehouse.protocol.pb.Platform.newBuilder()
        .setOS(p.os())
        .setArchitecture(p.architecture())
        .setVariant(p.variant())
        .setOSVersion(p.osVersion())
        .addAllOSFeatures(p.osFeatures())
        .build();
  }

  static Platform platform(dev.gatehouse.protocol.pb.Platform p) {
    return new Platform(
        p.getOS(), p.getArchitecture(), p.getVariant(), p.getOSVersion(), p.getOSFeaturesList());
  }

  static Range range(SourceRange r) {
    return Range.newBuilder()
        .setStart(Position.newBuilder().setLine(r.startLine()).setCharacter(r.startCharacter()))
        .setEnd(Position.newBuilder().setLine(r.endLine()).setCharacter(r.endCharacter()))
        .build();
  }

  static SourceRange range(Range r) {
    return new SourceRange(
        r.getStart().getLine(),
        r.getStart().getCharacter(),
        r.getEnd().getLine(),
        r.getEnd().getCharacter());
  }

  static SourceInfo sourceInfo(SourceMap map) {
    SourceInfo.Builder b =
        SourceInfo.newBuilder()
            .setFilename(map.filename())
            .setData(ByteString.copyFrom(map.data()))
            .setLanguage(map.language());
    Definition d = map.definition();
    if (d != null) {
      b.setDefinition(definition(d));
    }
    return b.build();
  }

  static SourceMap sourceMap(SourceInfo info) {
    return new SourceMap(
        info.getFilename(),
        info.getLanguage(),
        info.getData().toByteArray(),
        info.hasDefinition() ? definition(info.getDefinition()) : null);
  }

  static Source source(SourceLocation location) {
    return Source.newBuilder()
        .setInfo(sourceInfo(location.source()))
        .addAllRanges(location.ranges().stream().map(Wire::range).toList())
        .build();
  }

  static SourceLocation location(Source source) {
    return new SourceLocation(
        sourceMap(source.getInfo()), source.getRangesList().stream().map(r -> range(r)).toList());
  }

  static Stat stat(FileStat s) {
    return Stat.newBuilder()
        .setPath(s.path())
        .setMode(s.mode())
        .setUid(s.userId())
        .setGid(s.groupId())
        .setSize(s.size())
        .setModTime(s.modificationTime())
        .setLinkname(s.linkName())
        .setDevmajor(s.deviceMajor())
        .setDevminor(s.deviceMinor())
        .putAllXattrs(byteStrings(s.xattrs()))
        .build();
  }

  static FileStat stat(Stat s) {
    return new FileStat(
        s.getPath(),
        s.getMode(),
        s.getUid(),
        s.getGid(),
        s.getSize(),
        s.getModTime(),
        s.getLinkname(),
        s.getDevmajor(),
        s.getDevminor(),
        bytes(s.getXattrsMap()));
  }

  static APICap capability(Capability c) {
    return APICap.newBuilder()
        .setID(c.id())
        .setEnabled(c.enabled())
        .setDeprecated(c.deprecated())
        .setDisabledReason(c.disabledReason())
        .setDisabledReasonMsg(c.disabledMessage())
        .setDisabledAlternative(c.disabledAlternative())
        .build();
  }

  static CapabilitySet capabilities(List<APICap> list) {
    return CapabilitySet.of(
        list.stream()
            .map(c ->
                new Capability(
                    c.getID(),
                    c.getEnabled(),
                    c.getDeprecated(),
                    c.getDisabledReason(),
                    c.getDisabledReasonMsg(),
                    c.getDisabledAlternative()))
            .toList());
  }

  static WorkerRecord worker(WorkerInfo w) {
    return WorkerRecord.newBuilder()
        .setID(w.id())
        .putAllLabels(w.labels())
        .addAllPlatforms(w.platforms().stream().map(p -> platform(p)).toList())
        .build();
  }

  static WorkerInfo worker(WorkerRecord w) {
    return new WorkerInfo(
        w.getID(), w.getLabelsMap(), w.getPlatformsList().stream().map(p -> platform(p)).toList());
  }

  static CacheOptionsEntry cacheImport(CacheImport c) {
    return CacheOptionsEntry.newBuilder().setType(c.type()).putAllAttrs(c.attributes()).build();
  }

  static CacheImport cacheImport(CacheOptionsEntry c) {
    return new CacheImport(c.getType(), c.getAttrsMap());
  }

  static Policy policy(SourcePolicy p) {
    Policy.Builder b = Policy.newBuilder().setVersion(p.version());
    for (SourcePolicy.Rule r : p.rules()) {
      Rule.Builder rule = Rule.newBuilder();
      rule.setAction(
          switch (r.action()) {
            case ALLOW -> PolicyAction.ALLOW;
            case DENY -> PolicyAction.DENY;
            case CONVERT -> PolicyAction.CONVERT;
          });
      Selector.Builder selector =
          Selector.newBuilder()
              .setIdentifier(r.selector().identifier())
              .setMatchType(
                  switch (r.selector().match()) {
                    case WILDCARD -> MatchType.WILDCARD;
                    case EXACT -> MatchType.EXACT;
                    case REGEX -> MatchType.REGEX;
                  });
      for (SourcePolicy.Constraint c : r.selector().constraints()) {
        selector.addConstraints(
            AttrConstraint.newBuilder()
                .setKey(c.key())
                .setValue(c.value())
                .setCondition(
                    switch (c.condition()) {
                      case EQUAL -> AttrMatch.EQUAL;
                      case NOT_EQUAL -> AttrMatch.NOTEQUAL;
                      case MATCHES -> AttrMatch.MATCHES;
                    }));
      }
      rule.setSelector(selector);
      SourcePolicy.Update update = r.update();
      if (update != null) {
        rule.setUpdates(
            Update.newBuilder()
                .setIdentifier(update.identifier())
                .putAllAttrs(update.attributes()));
      }
      b.addRules(rule);
    }
    return b.build();
  }

  /**
   * Throws IllegalArgumentException for values that this version does not know: a policy must not
   * be weakened.
   */
  static SourcePolicy policy(Policy p) {
    if (!p.getRulesList().stream().allMatch(Rule::hasSelector)) {
      throw new IllegalArgumentException("invalid nil selector in policy");
    }
    return new SourcePolicy(
        p.getVersion(),
        p.getRulesList().stream()
            .map(r ->
                new SourcePolicy.Rule(
                    switch (r.getAction()) {
                      case ALLOW -> SourcePolicy.Action.ALLOW;
                      case DENY -> SourcePolicy.Action.DENY;
                      case CONVERT -> SourcePolicy.Action.CONVERT;
                      case UNRECOGNIZED ->
                          throw new IllegalArgumentException(
                              "source policy: rule "
                                  + r.getActionValue()
                                  + " "
                                  + r.getSelector().getIdentifier()
                                  + ": unknown type");
                    },
                    new SourcePolicy.Selector(
                        r.getSelector().getIdentifier(),
                        switch (r.getSelector().getMatchType()) {
                          case WILDCARD -> SourcePolicy.Match.WILDCARD;
                          case EXACT -> SourcePolicy.Match.EXACT;
                          case REGEX -> SourcePolicy.Match.REGEX;
                          case UNRECOGNIZED ->
                              throw new IllegalArgumentException(
                                  "unknown source policy match type "
                                      + r.getSelector().getMatchTypeValue());
                        },
                        r.getSelector().getConstraintsList().stream()
                            .map(Wire::constraint)
                            .toList()),
                    r.hasUpdates()
                        ? new SourcePolicy.Update(
                            r.getUpdates().getIdentifier(), r.getUpdates().getAttrsMap())
                        : null))
            .toList());
  }

  private static SourcePolicy.Constraint constraint(AttrConstraint c) {
    return new SourcePolicy.Constraint(
        c.getKey(),
        c.getValue(),
        switch (c.getCondition()) {
          case EQUAL -> SourcePolicy.Condition.EQUAL;
          case NOTEQUAL -> SourcePolicy.Condition.NOT_EQUAL;
          case MATCHES -> SourcePolicy.Condition.MATCHES;
          case UNRECOGNIZED ->
              throw new IllegalArgumentException(
                  "unknown source policy condition " + c.getConditionValue());
        });
  }
}
