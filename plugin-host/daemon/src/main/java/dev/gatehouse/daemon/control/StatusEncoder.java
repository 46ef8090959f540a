package dev.gatehouse.daemon.control;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.gatehouse.protocol.control.StatusResponse;
import dev.gatehouse.protocol.control.Vertex;
import dev.gatehouse.protocol.control.VertexLog;
import dev.gatehouse.protocol.control.VertexStatus;
import dev.gatehouse.protocol.control.VertexWarning;
import dev.gatehouse.protocol.pb.ProgressGroup;
import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.core.ProgressEvent;
import dev.gatehouse.solver.core.ProgressEvent.VertexAdded;
import dev.gatehouse.solver.core.ProgressEvent.VertexCompleted;
import dev.gatehouse.solver.core.ProgressEvent.VertexStarted;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Turns what happened in a build into status messages, for one reader. A message about a vertex
 * always says all of it, because clients replace what they knew.
 */
final class StatusEncoder {
  private static final int MAX_LOG_BYTES = 1 << 20;

  private final Map<Digest, Vertex> vertices = new HashMap<>();
  private int warnings;

  /** Messages for these events: one, or more where there is much output. */
  List<StatusResponse> encode(List<ProgressEvent> events) {
    List<StatusResponse> messages = new ArrayList<>();
    StatusResponse.Builder message = StatusResponse.newBuilder();
    int logBytes = 0;
    for (ProgressEvent event : events) {
      switch (event) {
        case VertexAdded e -> message.addVertexes(added(e));
        case VertexStarted e ->
            message.addVertexes(
                put(
                    e.vertex(),
                    known(e.vertex()).toBuilder()
                        .setStarted(Encoding.timestamp(e.at()))
                        .clearCompleted()
                        .clearError()
                        .setCached(e.cached())));
        case VertexCompleted e -> message.addVertexes(completed(e));
        case ProgressEvent.VertexStatus e -> message.addStatuses(part(e));
        case ProgressEvent.VertexLog e -> {
          if (logBytes > 0 && logBytes + e.data().length > MAX_LOG_BYTES) {
            messages.add(message.build());
            message = StatusResponse.newBuilder();
            logBytes = 0;
          }
          logBytes += e.data().length;
          message.addLogs(
              VertexLog.newBuilder()
                  .setVertex(e.vertex().toString())
                  .setTimestamp(Encoding.timestamp(e.at()))
                  .setStream(e.stream())
                  .setMsg(UnsafeByteOperations.unsafeWrap(e.data())));
        }
        case ProgressEvent.VertexWarning e -> message.addWarnings(warning(e));
      }
    }
    messages.add(message.build());
    return messages;
  }

  private Vertex known(Digest digest) {
    return vertices.getOrDefault(digest, Vertex.newBuilder().setDigest(digest.toString()).build());
  }

  private Vertex put(Digest digest, Vertex.Builder vertex) {
    Vertex built = vertex.build();
    vertices.put(digest, built);
    return built;
  }

  private Vertex added(VertexAdded e) {
    Vertex.Builder vertex = known(e.vertex()).toBuilder().setName(e.name()).clearInputs();
    e.inputs().forEach(input -> vertex.addInputs(input.toString()));
    e.progressGroup()
        .ifPresent(group ->
            vertex.setProgressGroup(
                ProgressGroup.newBuilder()
                    .setId(group.id())
                    .setName(group.name())
                    .setWeak(group.weak())));
    return put(e.vertex(), vertex);
  }

  private Vertex completed(VertexCompleted e) {
    return put(
        e.vertex(),
        known(e.vertex()).toBuilder()
            .setStarted(Encoding.timestamp(e.started()))
            .setCompleted(Encoding.timestamp(e.at()))
            .setCached(e.cached())
            .setError(e.error().orElse("")));
  }

  private static VertexStatus part(ProgressEvent.VertexStatus e) {
    VertexStatus.Builder status =
        VertexStatus.newBuilder()
            .setID(e.id())
            .setVertex(e.vertex().toString())
            .setName(e.name())
            .setCurrent(e.current())
            .setTotal(e.total())
            .setTimestamp(Encoding.timestamp(e.timestamp()));
    e.started().ifPresent(at -> status.setStarted(Encoding.timestamp(at)));
    e.completed().ifPresent(at -> status.setCompleted(Encoding.timestamp(at)));
    return status.build();
  }

  private VertexWarning warning(ProgressEvent.VertexWarning e) {
    warnings++;
    VertexWarning.Builder warning =
        VertexWarning.newBuilder()
            .setVertex(e.vertex().toString())
            .setLevel(e.level())
            .setShort(ByteString.copyFromUtf8(e.message()))
            .setUrl(e.url());
    e.detail().forEach(line -> warning.addDetail(ByteString.copyFromUtf8(line)));
    e.source()
        .ifPresent(source ->
            warning.setInfo(Encoding.sourceInfo(source)).addAllRanges(Encoding.ranges(source)));
    return warning.build();
  }

  int total() {
    return vertices.size();
  }

  /** How many vertices have completed; one that did so several times counts once. */
  int completed() {
    return (int) vertices.values().stream().filter(Vertex::hasCompleted).count();
  }

  int cached() {
    return (int) vertices.values().stream().filter(Vertex::getCached).count();
  }

  int warnings() {
    return warnings;
  }
}
