package dev.gatehouse.testkit;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.gatehouse.frontend.StatusCode;
import dev.gatehouse.frontend.transport.RpcException;
import dev.gatehouse.frontend.transport.RpcStream;
import dev.gatehouse.protocol.gateway.ExecMessage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What a frontend and a server said of one process in a container, in order. */
final class RecordedProcess {
  /** A message to the server, or from it. */
  record Event(boolean sent, ExecMessage message) {}

  private final List<Event> events = new ArrayList<>(); // guarded by this

  synchronized void add(Event event) {
    events.add(event);
  }

  synchronized List<Event> events() {
    return List.copyOf(events);
  }

  /** How the process was begun; the first message that was sent. */
  ExecMessage init() {
    return events().get(0).message();
  }

  static ExecMessage parse(byte[] message) throws RpcException {
    try {
      return ExecMessage.parseFrom(message);
    } catch (InvalidProtocolBufferException e) {
      throw new RpcException(StatusCode.INTERNAL, "no message of a process: " + e.getMessage());
    }
  }

  /** A stream of processes that takes down what goes over it. */
  static final class Recorder implements RpcStream {
    private final RpcStream stream;
    private final Consumer<RecordedProcess> begun;
    private final Map<String, RecordedProcess> processes = new LinkedHashMap<>(); // guarded by this

    /**
     * @param begun is told of each process when it begins
     */
    Recorder(RpcStream stream, Consumer<RecordedProcess> begun) {
      this.stream = stream;
      this.begun = begun;
    }

    private synchronized void add(boolean sent, byte[] bytes) throws RpcException {
      ExecMessage message = parse(bytes);
      RecordedProcess process = processes.get(message.getProcessID());
      if (process == null) {
        process = new RecordedProcess();
        processes.put(message.getProcessID(), process);
        begun.accept(process);
      }
      process.add(new Event(sent, message));
    }

    @Override
    public void send(byte[] message) throws RpcException, InterruptedException {
      add(true, message);
      stream.send(message);
    }

    @Override
    public void closeSend() throws RpcException {
      stream.closeSend();
    }

    @Override
    public byte @Nullable [] receive() throws RpcException, InterruptedException {
      byte[] message = stream.receive();
      if (message != null) {
        add(false, message);
      }
      return message;
    }

    @Override
    public void close() {
      stream.close();
    }
  }
}
