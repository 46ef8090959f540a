package dev.gatehouse.daemon.control;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Timestamp;
import com.google.rpc.Status;
import dev.gatehouse.daemon.build.ActiveBuild;
import dev.gatehouse.daemon.build.BuildObserver;
import dev.gatehouse.daemon.build.BuildTask;
import dev.gatehouse.daemon.history.BuildHistory;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.server.Statuses;
import dev.gatehouse.protocol.control.BuildHistoryRecord;
import dev.gatehouse.protocol.control.BuildResultInfo;
import dev.gatehouse.protocol.control.Descriptor;
import dev.gatehouse.protocol.control.Exporter;
import dev.gatehouse.protocol.control.StatusResponse;
import dev.gatehouse.solver.worker.export.Attestation;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the history: a record for each build, with everything it showed and its error as blobs.
 */
final class HistoryRecords implements BuildObserver {
  private static final Logger log = LoggerFactory.getLogger(HistoryRecords.class);
  private static final String LOGS = "application/vnd.buildkit.status.v0";

  /** Misspelt in BuildKit, and so in the history that clients read. */
  private static final String ERROR = "application/vnd.googeapis.google.rpc.status+proto";

  private static final String IN_TOTO = "application/vnd.in-toto+json";
  private static final String PREDICATE_TYPE = "in-toto.io/predicate-type";

  private final BuildHistory history;

  HistoryRecords(BuildHistory history) {
    this.history = history;
  }

  static BuildHistory.Entry entry(byte[] record) throws IOException {
    return entry(BuildHistoryRecord.parseFrom(record));
  }

  static BuildHistory.Entry entry(BuildHistoryRecord record) {
    Set<String> blobs = new HashSet<>();
    if (record.hasLogs()) {
      blobs.add(record.getLogs().getDigest());
    }
    if (record.hasExternalError()) {
      blobs.add(record.getExternalError().getDigest());
    }
    Stream.concat(Stream.of(record.getResult()), record.getResultsMap().values().stream())
        .forEach(
            result -> result.getAttestationsList().forEach(each -> blobs.add(each.getDigest())));
    Instant completed = record.hasCompletedAt() ? instant(record.getCompletedAt()) : Instant.MAX;
    return new BuildHistory.Entry(
        record.getRef(), completed, record.getPinned(), blobs, record.toByteArray());
  }

  static Instant instant(Timestamp timestamp) {
    return Instant.ofEpochSecond(timestamp.getSeconds(), timestamp.getNanos());
  }

  static BuildHistoryRecord record(BuildHistory.Entry entry) {
    try {
      return BuildHistoryRecord.parseFrom(entry.record());
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("a record that was decoded before cannot be decoded", e);
    }
  }

  @Override
  public void started(ActiveBuild build) {
    history.started(entry(begun(build).build()));
  }

  @Override
  public void ended(ActiveBuild build, Instant at, ActiveBuild.Outcome outcome) {
    try {
      BuildHistoryRecord.Builder record = begun(build).setCompletedAt(Encoding.timestamp(at));
      StatusEncoder encoder = new StatusEncoder();
      byte[] logs = logs(encoder.encode(build.progress().from(0)));
      record
          .setLogs(descriptor(LOGS, history.put(logs)))
          .setNumTotalSteps(encoder.total())
          .setNumCompletedSteps(encoder.completed())
          .setNumCachedSteps(encoder.cached())
          .setNumWarnings(encoder.warnings());
      switch (outcome) {
        case ActiveBuild.Outcome.Success success -> {
          record.putAllExporterResponse(success.response());
          keep(record, success.provenance());
        }
        case ActiveBuild.Outcome.Failure failure -> fail(record, failure.error());
      }
      history.completed(entry(record.build()));
    } catch (IOException e) {
      log.error("build {} is not in the history", build.task().ref(), e);
      history.dropped(build.task().ref());
    } catch (InterruptedException e) {
      history.dropped(build.task().ref());
      Thread.currentThread().interrupt();
    }
  }

  /** Stores the provenance of each result; a single one has the empty name. */
  private void keep(BuildHistoryRecord.Builder record, Map<String, Attestation> provenance)
      throws IOException {
    for (Map.Entry<String, Attestation> each : provenance.entrySet()) {
      byte[] content = each.getValue().content().orElse(new byte[0]);
      BuildResultInfo info =
          BuildResultInfo.newBuilder()
              .addAttestations(
                  descriptor(IN_TOTO, history.put(content)).toBuilder()
                      .putAnnotations(PREDICATE_TYPE, each.getValue().predicateType()))
              .build();
      if (each.getKey().isEmpty()) {
        record.setResult(info);
      } else {
        record.putResults(each.getKey(), info);
      }
    }
  }

  private void fail(BuildHistoryRecord.Builder record, FrontendException error) throws IOException {
    byte[] status = Statuses.toBytes(error);
    record
        .setError(Status.parseFrom(status).toBuilder().clearDetails())
        .setExternalError(descriptor(ERROR, history.put(status)));
  }

  private static BuildHistoryRecord.Builder begun(ActiveBuild build) {
    BuildTask task = build.task();
    BuildHistoryRecord.Builder record =
        BuildHistoryRecord.newBuilder()
            .setRef(task.ref())
            .setFrontend(task.frontend())
            .putAllFrontendAttrs(task.frontendOptions())
            .setCreatedAt(Encoding.timestamp(build.created()));
    for (BuildTask.Export export : task.exports()) {
      record.addExporters(
          Exporter.newBuilder().setType(export.type()).putAllAttrs(export.attributes()));
    }
    return record;
  }

  /** Each message after its length in four bytes, lowest first. */
  private static byte[] logs(List<StatusResponse> messages) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (StatusResponse message : messages) {
      out.write(
          ByteBuffer.allocate(4)
              .order(ByteOrder.LITTLE_ENDIAN)
              .putInt(message.getSerializedSize())
              .array());
      message.writeTo(out);
    }
    return out.toByteArray();
  }

  private static Descriptor descriptor(String mediaType, BuildHistory.Blob blob) {
    return Descriptor.newBuilder()
        .setMediaType(mediaType)
        .setDigest(blob.digest())
        .setSize(blob.size())
        .build();
  }
}
