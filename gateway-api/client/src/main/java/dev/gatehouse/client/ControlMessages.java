package dev.gatehouse.client;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Timestamp;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.SourcePolicy;
import dev.gatehouse.frontend.server.Statuses;
import dev.gatehouse.frontend.server.WireFormat;
import dev.gatehouse.llb.Definition;
import dev.gatehouse.llb.LlbException;
import dev.gatehouse.llb.SourceLocation;
import dev.gatehouse.llb.SourceMap;
import dev.gatehouse.llb.SourceRange;
import dev.gatehouse.llb.oci.Platform;
import dev.gatehouse.protocol.control.BuildHistoryEvent;
import dev.gatehouse.protocol.control.BuildHistoryRecord;
import dev.gatehouse.protocol.control.Descriptor;
import dev.gatehouse.protocol.control.StatusResponse;
import dev.gatehouse.protocol.control.VertexWarning;
import dev.gatehouse.protocol.sourcepolicy.Policy;
import dev.gatehouse.protocol.worker.BuildkitVersion;
import dev.gatehouse.protocol.worker.CDIDevice;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The daemon's messages as records. */
final class ControlMessages {
  private ControlMessages() {}

  static @Nullable Instant instant(boolean present, Timestamp t) {
    return present ? Instant.ofEpochSecond(t.getSeconds(), t.getNanos()) : null;
  }

  private static Instant instant(Timestamp t) {
    return Instant.ofEpochSecond(t.getSeconds(), t.getNanos());
  }

  static dev.gatehouse.protocol.pb.Definition definition(Definition d) {
    try {
      return dev.gatehouse.protocol.pb.Definition.parseFrom(d.toBytes());
    } catch (InvalidProtocolBufferException e) {
      throw new LlbException("a definition does not encode itself", e);
    }
  }

  static Policy policy(SourcePolicy p) {
    try {
      return Policy.parseFrom(WireFormat.bytes(p));
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("a policy does not encode itself", e);
    }
  }

  static SolveStatus status(StatusResponse m) {
    return new SolveStatus(
        m.getVertexesList().stream()
            .map(v ->
                new SolveStatus.Vertex(
                    v.getDigest(),
                    v.getInputsList(),
                    v.getName(),
                    v.getCached(),
                    instant(v.hasStarted(), v.getStarted()),
                    instant(v.hasCompleted(), v.getCompleted()),
                    v.getError(),
                    v.hasProgressGroup()
                        ? new SolveStatus.Group(
                            v.getProgressGroup().getId(),
                            v.getProgressGroup().getName(),
                            v.getProgressGroup().getWeak())
                        : null))
            .toList(),
        m.getStatusesList().stream()
            .map(s ->
                new SolveStatus.VertexStatus(
                    s.getID(),
                    s.getVertex(),
                    s.getName(),
                    s.getCurrent(),
                    s.getTotal(),
                    instant(s.getTimestamp()),
                    instant(s.hasStarted(), s.getStarted()),
                    instant(s.hasCompleted(), s.getCompleted())))
            .toList(),
        m.getLogsList().stream()
            .map(l ->
                new SolveStatus.VertexLog(
                    l.getVertex(),
                    (int) l.getStream(),
                    l.getMsg().toByteArray(),
                    instant(l.getTimestamp())))
            .toList(),
        m.getWarningsList().stream().map(ControlMessages::warning).toList());
  }

  private static SolveStatus.VertexWarning warning(VertexWarning w) {
    SourceLocation source = null;
    if (w.hasInfo()) {
      source =
          new SourceLocation(
              new SourceMap(
                  w.getInfo().getFilename(),
                  w.getInfo().getLanguage(),
                  w.getInfo().getData().toByteArray(),
                  null),
              w.getRangesList().stream()
                  .map(r ->
                      new SourceRange(
                          r.getStart().getLine(),
                          r.getStart().getCharacter(),
                          r.getEnd().getLine(),
                          r.getEnd().getCharacter()))
                  .toList());
    }
    return new SolveStatus.VertexWarning(
        w.getVertex(),
        (int) w.getLevel(),
        w.getShort().toString(StandardCharsets.UTF_8),
        w.getDetailList().stream().map(d -> d.toString(StandardCharsets.UTF_8)).toList(),
        w.getUrl(),
        source);
  }

  static UsageRecord usage(dev.gatehouse.protocol.control.UsageRecord r) {
    return new UsageRecord(
        r.getID(),
        r.getMutable(),
        r.getInUse(),
        r.getSize(),
        r.getParentsList(),
        instant(r.hasCreatedAt(), r.getCreatedAt()),
        instant(r.hasLastUsedAt(), r.getLastUsedAt()),
        r.getUsageCount(),
        r.getDescription(),
        r.getRecordType(),
        r.getShared());
  }

  static DaemonInfo version(BuildkitVersion v) {
    return new DaemonInfo(
        v.getPackage(), v.getVersion(), v.getRevision(), v.getDockerfileVersion());
  }

  static WorkerRecord worker(dev.gatehouse.protocol.worker.WorkerRecord w) {
    List<Platform> platforms =
        w.getPlatformsList().stream()
            .map(p ->
                new Platform(
                    p.getOS(),
                    p.getArchitecture(),
                    p.getVariant(),
                    p.getOSVersion(),
                    p.getOSFeaturesList()))
            .toList();
    return new WorkerRecord(
        w.getID(),
        w.getLabelsMap(),
        platforms,
        w.getGCPolicyList().stream()
            .map(p ->
                new WorkerRecord.GcPolicy(
                    p.getAll(),
                    Duration.ofNanos(p.getKeepDuration()),
                    p.getFiltersList(),
                    p.getReservedSpace(),
                    p.getMaxUsedSpace(),
                    p.getMinFreeSpace()))
            .toList(),
        version(w.getBuildkitVersion()),
        w.getCDIDevicesList().stream().map(CDIDevice::getName).toList());
  }

  private static HistoryEvent.@Nullable Blob blob(boolean present, Descriptor d) {
    return present ? new HistoryEvent.Blob(d.getMediaType(), d.getDigest(), d.getSize()) : null;
  }

  static HistoryEvent history(BuildHistoryEvent event) {
    BuildHistoryRecord r = event.getRecord();
    FrontendException error = r.hasError() ? Statuses.fromBytes(r.getError().toByteArray()) : null;
    return new HistoryEvent(
        switch (event.getType()) {
          case STARTED, UNRECOGNIZED -> HistoryEvent.Type.STARTED;
          case COMPLETE -> HistoryEvent.Type.COMPLETED;
          case DELETED -> HistoryEvent.Type.DELETED;
        },
        r.getRef(),
        r.getFrontend(),
        r.getFrontendAttrsMap(),
        instant(r.hasCreatedAt(), r.getCreatedAt()),
        instant(r.hasCompletedAt(), r.getCompletedAt()),
        error,
        r.getExporterResponseMap(),
        blob(r.hasLogs(), r.getLogs()),
        blob(r.hasTrace(), r.getTrace()),
        r.getPinned(),
        r.getNumCachedSteps(),
        r.getNumCompletedSteps(),
        r.getNumTotalSteps(),
        r.getNumWarnings(),
        r.getGeneration());
  }
}
