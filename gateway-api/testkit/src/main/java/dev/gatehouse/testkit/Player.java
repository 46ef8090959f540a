package dev.gatehouse.testkit;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.gatehouse.frontend.StatusCode;
import dev.gatehouse.frontend.transport.RpcChannel;
import dev.gatehouse.frontend.transport.RpcException;
import dev.gatehouse.frontend.transport.RpcStream;
import dev.gatehouse.protocol.gateway.ExecMessage;
import dev.gatehouse.protocol.gateway.NewContainerRequest;
import dev.gatehouse.protocol.gateway.ReadDirRequest;
import dev.gatehouse.protocol.gateway.ReadFileRequest;
import dev.gatehouse.protocol.gateway.ReleaseContainerRequest;
import dev.gatehouse.protocol.gateway.StatFileRequest;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Answers each call with the first recorded one like it that has not been used, and plays processes
 * likewise. The ids of containers, which clients make up, are taken for those of the recording.
 */
final class Player implements RpcChannel {
  private final List<Recording.Call> calls;
  private final List<RecordedProcess> processes;
  private final boolean[] used; // these are guarded by this
  private final Set<RecordedProcess> played = new HashSet<>();
  private final Map<String, String> containers = new HashMap<>();

  Player(List<Recording.Call> calls, List<RecordedProcess> processes) {
    this.calls = calls;
    this.processes = processes;
    this.used = new boolean[calls.size()];
  }

  @Override
  public synchronized byte[] call(String method, byte[] request, Map<String, List<String>> metadata)
      throws RpcException {
    int unused = -1;
    for (int i = 0; i < used.length; i++) {
      Recording.Call call = calls.get(i);
      if (used[i] || !call.method().equals(method)) {
        continue;
      }
      if (matches(call, request)) {
        used[i] = true;
        if (call.status() != 0) {
          throw new RpcException(
              StatusCode.of(call.status()), call.message(), call.details(), null);
        }
        return call.answer();
      }
      unused = i;
    }
    String what = method.substring(Recording.BRIDGE.length());
    throw new RpcException(
        StatusCode.FAILED_PRECONDITION,
        method.equals(Recording.RETURN)
            ? "the frontend returned something else than in the recording"
            : unused < 0
                ? "the recording has no further call of "
                    + what
                    + "; record again if the frontend has changed"
                : "the recording has no call of "
                    + what
                    + " like this one, but call "
                    + (unused + 1)
                    + " differs; record again if the frontend has changed");
  }

  private boolean matches(Recording.Call call, byte[] request) throws RpcException {
    try {
      switch (call.method().substring(Recording.BRIDGE.length())) {
        case "NewContainer" -> {
          NewContainerRequest recorded = NewContainerRequest.parseFrom(call.request());
          NewContainerRequest asked = NewContainerRequest.parseFrom(request);
          String id = recorded.getContainerID();
          if (!asked.toBuilder().setContainerID(id).build().equals(recorded)) {
            return false;
          }
          containers.put(asked.getContainerID(), id);
          return true;
        }
        case "ReleaseContainer" -> {
          ReleaseContainerRequest asked = ReleaseContainerRequest.parseFrom(request);
          return ReleaseContainerRequest.parseFrom(call.request())
              .equals(asked.toBuilder().setContainerID(known(asked.getContainerID())).build());
        }
        case "ReadFileContainer" -> {
          ReadFileRequest asked = ReadFileRequest.parseFrom(request);
          return ReadFileRequest.parseFrom(call.request())
              .equals(asked.toBuilder().setRef(known(asked.getRef())).build());
        }
        case "ReadDirContainer" -> {
          ReadDirRequest asked = ReadDirRequest.parseFrom(request);
          return ReadDirRequest.parseFrom(call.request())
              .equals(asked.toBuilder().setRef(known(asked.getRef())).build());
        }
        case "StatFileContainer" -> {
          StatFileRequest asked = StatFileRequest.parseFrom(request);
          return StatFileRequest.parseFrom(call.request())
              .equals(asked.toBuilder().setRef(known(asked.getRef())).build());
        }
        default -> {
          return Arrays.equals(call.request(), request);
        }
      }
    } catch (InvalidProtocolBufferException e) {
      throw new RpcException(
          StatusCode.INTERNAL, call.method() + " cannot be read: " + e.getMessage());
    }
  }

  private String known(String container) {
    return containers.getOrDefault(container, container);
  }

  @Override
  public RpcStream open(String method, Map<String, List<String>> metadata) {
    return new ReplayedProcesses(this::find);
  }

  private synchronized RecordedProcess find(ExecMessage message) throws RpcException {
    ExecMessage.Builder wanted = message.toBuilder().clearProcessID();
    if (message.hasInit()) {
      wanted.getInitBuilder().setContainerID(known(message.getInit().getContainerID()));
    }
    ExecMessage init = wanted.build();
    for (RecordedProcess process : processes) {
      if (!played.contains(process)
          && process.init().toBuilder().clearProcessID().build().equals(init)) {
        played.add(process);
        return process;
      }
    }
    throw new RpcException(
        StatusCode.FAILED_PRECONDITION,
        "the recording has no process "
            + String.join(" ", message.getInit().getMeta().getArgsList())
            + " like this one; record again if the frontend has changed");
  }

  @Override
  public void close() {}
}
