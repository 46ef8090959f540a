package dev.gatehouse.testkit;

import com.google.protobuf.ByteString;
import dev.gatehouse.frontend.StatusCode;
import dev.gatehouse.frontend.transport.RpcException;
import dev.gatehouse.frontend.transport.RpcStream;
import dev.gatehouse.protocol.gateway.ExecMessage;
import dev.gatehouse.testkit.RecordedProcess.Event;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * A stream of processes that were recorded. What the server said comes when the frontend has said
 * what it had said by then; standard input counts by its bytes, not by how they were cut.
 */
final class ReplayedProcesses implements RpcStream {
  /** Finds the record of a process that a frontend begins. */
  @FunctionalInterface
  interface Finder {
    RecordedProcess find(ExecMessage init) throws RpcException;
  }

  private final Finder finder;
  private final Map<String, Played> processes = new HashMap<>(); // guarded by this
  private final BlockingQueue<ExecMessage> answers = new LinkedBlockingQueue<>();
  private @Nullable RpcException failure; // guarded by this

  /** Ends {@link #receive}. */
  private static final ExecMessage END = ExecMessage.newBuilder().setProcessID("end").build();

  ReplayedProcesses(Finder finder) {
    this.finder = finder;
  }

  @Override
  public synchronized void send(byte[] bytes) throws RpcException {
    ExecMessage message = RecordedProcess.parse(bytes);
    String id = message.getProcessID();
    try {
      Played played = processes.get(id);
      if (played == null) {
        played = new Played(id, finder.find(message).events());
        processes.put(id, played);
      } else {
        played.accept(message);
      }
      played.advance();
    } catch (RpcException e) {
      failure = e;
      answers.add(END);
      throw e;
    }
  }

  @Override
  public void closeSend() {}

  @Override
  public byte @Nullable [] receive() throws RpcException, InterruptedException {
    ExecMessage answer = answers.take();
    if (answer != END) {
      return answer.toByteArray();
    }
    synchronized (this) {
      if (failure != null) {
        throw failure;
      }
    }
    return null;
  }

  @Override
  public void close() {
    answers.add(END);
  }

  /** One process on its way through its record; guarded by the stream. */
  private final class Played {
    private final String id;
    private final Deque<Event> left;
    private ByteString input = ByteString.EMPTY;
    private boolean inputEnded;
    private final Deque<ExecMessage> said = new ArrayDeque<>();

    Played(String id, List<Event> events) {
      this.id = id;
      left = new ArrayDeque<>(events);
      left.remove(); // how it begins has been compared
    }

    void accept(ExecMessage message) {
      if (message.hasFile()) {
        input = input.concat(message.getFile().getData());
        inputEnded |= message.getFile().getEOF();
      } else {
        said.add(message.toBuilder().clearProcessID().build());
      }
    }

    void advance() throws RpcException {
      while (!left.isEmpty() && done(left.peek())) {
        ExecMessage message = left.remove().message();
        if (message.hasDone()) {
          left.clear(); // what was said to a process that had ended reached nobody
        }
      }
    }

    /** Whether an event can be passed; gives the answers out. */
    private boolean done(Event event) throws RpcException {
      ExecMessage message = event.message();
      if (!event.sent()) {
        answers.add(message.toBuilder().setProcessID(id).build());
        return true;
      }
      return message.hasFile() ? input(message) : other(message);
    }

    private boolean input(ExecMessage message) throws RpcException {
      ByteString expected = message.getFile().getData();
      int common = Math.min(expected.size(), input.size());
      if (!expected.substring(0, common).equals(input.substring(0, common))) {
        throw different("other standard input");
      }
      if (input.size() < expected.size()) {
        if (inputEnded) {
          throw different("less standard input");
        }
        return false;
      }
      if (message.getFile().getEOF() && !inputEnded) {
        if (input.size() > expected.size()) {
          throw different("more standard input");
        }
        return false;
      }
      input = input.substring(expected.size());
      return true;
    }

    private boolean other(ExecMessage message) throws RpcException {
      ExecMessage next = said.poll();
      if (next == null) {
        return false;
      }
      if (!next.equals(message.toBuilder().clearProcessID().build())) {
        throw different("another signal or size");
      }
      return true;
    }

    private RpcException different(String what) {
      return new RpcException(
          StatusCode.FAILED_PRECONDITION,
          "the frontend gave a process "
              + what
              + " than in the recording; record again if the frontend has changed");
    }
  }
}
