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

/** Serves {@code ListenBuildHistory} to one client: first what there is, then what changes. */
final class HistoryListener implements BuildHistory.Listener {
  private final BuildHistory history;
  private final BlockingQueue<BuildHistoryEvent> changes = new LinkedBlockingQueue<>();

  HistoryListener(BuildHistory history) {
    this.history = history;
  }

  @Override
  public void changed(BuildHistory.Change change, BuildHistory.Entry entry) {
    changes.add(
        switch (change) {
          case STARTED -> event(BuildHistoryEventType.STARTED, HistoryRecords.record(entry));
          case COMPLETE -> event(BuildHistoryEventType.COMPLETE, HistoryRecords.record(entry));
          case DELETED ->
              event(
                  BuildHistoryEventType.DELETED,
                  BuildHistoryRecord.newBuilder().setRef(entry.ref()).build());
        });
  }

  void serve(byte[] bytes, RpcStream stream)
      throws RpcException, InterruptedException, InvalidProtocolBufferException {
    BuildHistoryRequest request = BuildHistoryRequest.parseFrom(bytes);
    if (request.getFilterCount() > 0) {
      throw new RpcException(
          StatusCode.UNIMPLEMENTED, "filters of the build history are not available in Gatehouse");
    }
    List<BuildHistory.Entry> present = history.listen(this);
    try {
      for (BuildHistory.Entry entry : selected(present, request)) {
        boolean running = entry.completed().equals(Instant.MAX);
        stream.send(
            event(
                    running ? BuildHistoryEventType.STARTED : BuildHistoryEventType.COMPLETE,
                    HistoryRecords.record(entry))
                .toByteArray());
      }
      while (!request.getEarlyExit()) {
        BuildHistoryEvent change = changes.take();
        if (request.getRef().isEmpty() || request.getRef().equals(change.getRecord().getRef())) {
          stream.send(change.toByteArray());
        }
      }
    } finally {
      history.unlisten(this);
    }
  }

  private static List<BuildHistory.Entry> selected(
      List<BuildHistory.Entry> present, BuildHistoryRequest request) {
    List<BuildHistory.Entry> selected = new ArrayList<>();
    for (BuildHistory.Entry entry : present) {
      boolean running = entry.completed().equals(Instant.MAX);
      if ((request.getRef().isEmpty() || request.getRef().equals(entry.ref()))
          && (!request.getActiveOnly() || running)) {
        selected.add(entry);
      }
    }
    if (request.getLimit() > 0 && selected.size() > request.getLimit()) {
      selected.sort(Comparator.comparing(BuildHistory.Entry::completed));
      return selected.subList(selected.size() - request.getLimit(), selected.size());
    }
    return selected;
  }

  private static BuildHistoryEvent event(BuildHistoryEventType type, BuildHistoryRecord record) {
    return BuildHistoryEvent.newBuilder().setType(type).setRecord(record).build();
  }
}
