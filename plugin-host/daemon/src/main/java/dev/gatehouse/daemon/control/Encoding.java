package dev.gatehouse.daemon.control;

import com.google.protobuf.ByteString;
import com.google.protobuf.Timestamp;
import dev.gatehouse.llb.oci.Platform;
import dev.gatehouse.protocol.control.UsageRecord;
import dev.gatehouse.protocol.pb.Position;
import dev.gatehouse.protocol.pb.Range;
import dev.gatehouse.protocol.pb.SourceInfo;
import dev.gatehouse.protocol.worker.BuildkitVersion;
import dev.gatehouse.protocol.worker.GCPolicy;
import dev.gatehouse.protocol.worker.WorkerRecord;
import dev.gatehouse.solver.core.ProgressEvent.SourceExcerpt;
import dev.gatehouse.solver.store.GcPolicy;
import dev.gatehouse.solver.worker.Worker;
import java.time.Instant;
import java.util.List;

/** The worker's values as messages of the control API. */
final class Encoding {
  private Encoding() {}

  static Timestamp timestamp(Instant instant) {
    return Timestamp.newBuilder()
        .setSeconds(instant.getEpochSecond())
        .setNanos(instant.getNano())
        .build();
  }

  static UsageRecord usage(dev.gatehouse.solver.store.UsageRecord usage) {
    UsageRecord.Builder record =
        UsageRecord.newBuilder()
            .setID(usage.id())
            .setMutable(usage.mutable())
            .setInUse(usage.inUse())
            .setSize(usage.size())
            .addAllParents(usage.parents())
            .setCreatedAt(timestamp(usage.createdAt()))
            .setUsageCount(usage.usageCount())
            .setDescription(usage.description())
            .setRecordType(usage.recordType().text())
            .setShared(usage.shared());
    usage.lastUsedAt().ifPresent(at -> record.setLastUsedAt(timestamp(at)));
    return record.build();
  }

  static WorkerRecord worker(Worker worker, List<GcPolicy> policies, BuildkitVersion version) {
    WorkerRecord.Builder record =
        WorkerRecord.newBuilder()
            .setID(worker.id())
            .putAllLabels(worker.labels())
            .setBuildkitVersion(version);
    worker.platforms().forEach(platform -> record.addPlatforms(platform(platform)));
    for (GcPolicy policy : policies) {
      record.addGCPolicy(
          GCPolicy.newBuilder()
              .setAll(policy.all())
              .addAllFilters(policy.filters())
              .setKeepDuration(policy.keepDuration().toNanos())
              .setReservedSpace(policy.reservedSpace())
              .setMaxUsedSpace(policy.maxUsedSpace())
              .setMinFreeSpace(policy.minFreeSpace()));
    }
    return record.build();
  }

  private static dev.gatehouse.protocol.pb.Platform platform(Platform platform) {
    return dev.gatehouse.protocol.pb.Platform.newBuilder()
        .setOS(platform.os())
        .setArchitecture(platform.architecture())
        .setVariant(platform.variant())
        .setOSVersion(platform.osVersion())
        .addAllOSFeatures(platform.osFeatures())
        .build();
  }

  static SourceInfo sourceInfo(SourceExcerpt source) {
    return SourceInfo.newBuilder()
        .setFilename(source.filename())
        .setLanguage(source.language())
        .setData(ByteString.copyFrom(source.content()))
        .build();
  }

  static List<Range> ranges(SourceExcerpt source) {
    return source.ranges().stream()
        .map(r ->
            Range.newBuilder()
                .setStart(position(r.startLine(), r.startCharacter()))
                .setEnd(position(r.endLine(), r.endCharacter()))
                .build())
        .toList();
  }

  private static Position position(int line, int character) {
    return Position.newBuilder().setLine(line).setCharacter(character).build();
  }
}
