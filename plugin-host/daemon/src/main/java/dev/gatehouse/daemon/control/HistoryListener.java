package dev.gatehouse.daemon.control;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.gatehouse.daemon.history.BuildHistory;
import dev.gatehouse.frontend.StatusCode;
import dev.gatehouse.frontend.transport.RpcException;
import dev.gatehouse.frontend.transport.RpcStream;
import dev.gatehouse.protocol.control.BuildHistoryEvent;
import dev.gatehouse.protocol.control.BuildHistoryEventType;
import dev.gatehouse.protocol.control.BuildHistoryRecord;
import dev.gatehouse.protocol.control.BuildHistoryRequest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Predicate;

/** Serves {@code ListenBuildHistory} to one client: first what there is, then what changes. */
final class HistoryListener implements BuildHistory.Listener {
  /** Changes that wait for a client; one that leaves more unread is sent away. */
  private static final int MAX_WAITING = 10_000;

  private final BuildHistory history;
  private final BlockingQueue<BuildHistoryEvent> changes = new LinkedBlockingQueue<>(MAX_WAITING);
  private volatile boolean overflown;

  HistoryListener(BuildHistory history) {
    this.history = history;
  }

  @Override
  public void changed(BuildHistory.Change change, BuildHistory.Entry entry) {
    boolean taken =
        changes.offer(
            switch (change) {
              case STARTED -> event(BuildHistoryEventType.STARTED, HistoryRecords.record(entry));
              case COMPLETE -> event(BuildHistoryEventType.COMPLETE, HistoryRecords.record(entry));
              case DELETED ->
                  event(
                      BuildHistoryEventType.DELETED,
                      BuildHistoryRecord.newBuilder().setRef(entry.ref()).build());
            });
    if (!taken) {
      overflown = true;
    }
  }

  void serve(byte[] bytes, RpcStream stream)
      throws RpcException, InterruptedException, InvalidProtocolBufferException {
    BuildHistoryRequest request = BuildHistoryRequest.parseFrom(bytes);
    Predicate<BuildHistoryRecord> filter;
    try {
      filter = HistoryFilter.any(request.getFilterList(), Instant.now());
    } catch (IllegalArgumentException e) {
      throw new RpcException(StatusCode.INVALID_ARGUMENT, String.valueOf(e.getMessage()));
    }
    if (request.getLimit() < 0) {
      throw new RpcException(StatusCode.INVALID_ARGUMENT, "invalid limit " + request.getLimit());
    }
    List<BuildHistory.Entry> present = history.listen(this);
    try {
      for (BuildHistoryEvent event : selected(present, request, filter)) {
        stream.send(event.toByteArray());
      }
      while (!request.getEarlyExit()) {
        BuildHistoryEvent change = changes.take();
        if (overflown) {
          throw new RpcException(
              StatusCode.RESOURCE_EXHAUSTED, "the client reads the history too slowly");
        }
        if (request.getRef().isEmpty() || request.getRef().equals(change.getRecord().getRef())) {
          stream.send(change.toByteArray());
        }
      }
    } finally {
      history.unlisten(this);
    }
  }

  /**
   * Builds under way, whatever the filters, then those that ended and pass: as they ended, or the
   * newest first where there is a limit.
   */
  private static List<BuildHistoryEvent> selected(
      List<BuildHistory.Entry> present,
      BuildHistoryRequest request,
      Predicate<BuildHistoryRecord> filter) {
    List<BuildHistoryEvent> running = new ArrayList<>();
    List<BuildHistoryRecord> ended = new ArrayList<>();
    for (BuildHistory.Entry entry : present) {
      if (!request.getRef().isEmpty() && !request.getRef().equals(entry.ref())) {
        continue;
      }
      BuildHistoryRecord record = HistoryRecords.record(entry);
      if (entry.completed().equals(Instant.MAX)) {
        running.add(event(BuildHistoryEventType.STARTED, record));
      } else if (!request.getActiveOnly() && filter.test(record)) {
        ended.add(record);
      }
    }
    if (request.getLimit() > 0) {
      ended.sort(
          Comparator.<BuildHistoryRecord, Instant>comparing(
                  record -> HistoryRecords.instant(record.getCreatedAt()))
              .reversed());
      ended = ended.subList(0, Math.min(request.getLimit(), ended.size()));
    }
    ended.forEach(record -> running.add(event(BuildHistoryEventType.COMPLETE, record)));
    return running;
  }

  private static BuildHistoryEvent event(BuildHistoryEventType type, BuildHistoryRecord record) {
    return BuildHistoryEvent.newBuilder().setType(type).setRecord(record).build();
  }
}
