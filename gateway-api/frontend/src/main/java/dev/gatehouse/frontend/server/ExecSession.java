package dev.gatehouse.frontend.server;

import com.google.protobuf.ByteString;
import com.google.rpc.Status;
import dev.gatehouse.frontend.ContainerProcess;
import dev.gatehouse.frontend.ErrorDetail;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.FrontendException.Category;
import dev.gatehouse.frontend.ProcessRequest;
import dev.gatehouse.frontend.StatusCode;
import dev.gatehouse.frontend.transport.RpcException;
import dev.gatehouse.frontend.transport.TaskThreads;
import dev.gatehouse.protocol.gateway.DoneMessage;
import dev.gatehouse.protocol.gateway.ExecMessage;
import dev.gatehouse.protocol.gateway.ExitMessage;
import dev.gatehouse.protocol.gateway.FdMessage;
import dev.gatehouse.protocol.gateway.InitMessage;
import dev.gatehouse.protocol.gateway.StartedMessage;
import dev.gatehouse.protocol.pb.SecurityMode;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * The server's end of {@code ExecProcess}: one stream with the messages of any number of processes.
 *
 * <p>For each process the client sends Init, then input, sizes and signals; the server sends
 * Started, then output with an EOF for each descriptor, then Exit and Done. A process that cannot
 * be started ends with code 255 and the reason; it does not end the stream.
 */
final class ExecSession {
  /** Bytes of output in one message. */
  private static final int CHUNK = 32 << 10;

  /** The other end of the stream. */
  interface Peer {
    /** Safe for several threads. */
    void send(ExecMessage message) throws RpcException, InterruptedException;

    /** Null when the client is done. */
    @Nullable ExecMessage receive() throws RpcException, InterruptedException;
  }

  private final BridgeServer server;
  private final Peer peer;
  private final Map<String, Process> processes = new ConcurrentHashMap<>();
  private volatile boolean closed;

  ExecSession(BridgeServer server, Peer peer) {
    this.server = server;
    this.peer = peer;
  }

  void run() throws RpcException, InterruptedException {
    try {
      while (!closed) {
        ExecMessage message = peer.receive();
        if (message == null) {
          return;
        }
        try {
          accept(message);
        } catch (FrontendException e) {
          throw Statuses.toRpc(e);
        }
      }
    } finally {
      processes.values().forEach(Process::abandon);
    }
  }

  /** Ends what runs; the stream ends with its client. */
  void close() {
    closed = true;
    processes.values().forEach(Process::abandon);
  }

  private static FrontendException failure(StatusCode code, String message) {
    return FrontendException.builder(Category.USER, message).status(code).build();
  }

  private void accept(ExecMessage message) throws FrontendException, InterruptedException {
    String id = message.getProcessID();
    if (id.isEmpty()) {
      throw failure(StatusCode.INVALID_ARGUMENT, "ProcessID required");
    }
    if (message.getInputCase() == ExecMessage.InputCase.INIT) {
      Process process = new Process(id, message.getInit());
      if (processes.putIfAbsent(id, process) != null) {
        throw failure(StatusCode.ALREADY_EXISTS, "Process " + id + " already exists");
      }
      // Fails the stream, as a container that is not there is a fault of the client and not of the
      // process.
      var container = server.container(message.getInit().getContainerID());
      TaskThreads.executor().execute(() -> process.run(container));
      return;
    }
    Process process = processes.get(id);
    if (process == null) {
      throw failure(StatusCode.NOT_FOUND, "IO for process \"" + id + "\" not found");
    }
    switch (message.getInputCase()) {
      case FILE -> process.input(message.getFile());
      case RESIZE -> process.resize(message.getResize().getRows(), message.getResize().getCols());
      case SIGNAL -> process.signal(message.getSignal().getName());
      case INIT, STARTED, EXIT, DONE, INPUT_NOT_SET ->
          throw failure(
              StatusCode.INVALID_ARGUMENT,
              "unexpected message " + message.getInputCase() + " from the client");
    }
  }

  /** One process of the stream. */
  private final class Process {
    private final String id;
    private final InitMessage init;
    private final InputPipe stdin = new InputPipe();
    private final CountDownLatch started = new CountDownLatch(1);
    private final CountDownLatch running = new CountDownLatch(1);
    private volatile @Nullable ContainerProcess process;
    private volatile boolean over;
    private @Nullable Thread worker; // guarded by this

    Process(String id, InitMessage init) {
      this.id = id;
      this.init = init;
    }

    void run(dev.gatehouse.frontend.Container container) {
      synchronized (this) {
        if (over) {
          return;
        }
        worker = Thread.currentThread();
      }
      try {
        int code;
        Status error = Status.getDefaultInstance();
        try {
          code = execute(container);
          if (code != 0) {
            error =
                Statuses.toStatus(
                    FrontendException.builder(
                            Category.USER, "exit code: " + Integer.toUnsignedString(code))
                        .detail(new ErrorDetail.Exit(code))
                        .build());
          }
        } catch (FrontendException e) {
          code =
              e.detail(ErrorDetail.Exit.class)
                  .map(ErrorDetail.Exit::code)
                  .orElse(ContainerProcess.UNKNOWN_EXIT_CODE);
          error = Statuses.toStatus(e);
          announceStart();
        } catch (RuntimeException e) {
          code = ContainerProcess.UNKNOWN_EXIT_CODE;
          error = Statuses.toStatus(FrontendException.internal("running a process failed: " + e));
          announceStart();
        }
        over = true;
        stdin.close();
        for (int fd : init.getFdsList()) {
          if (fd != 0) {
            peer.send(message().setFile(FdMessage.newBuilder().setFd(fd).setEOF(true)).build());
          }
        }
        ExitMessage.Builder exit = ExitMessage.newBuilder().setCode(code);
        if (code != 0) {
          exit.setError(error);
        }
        peer.send(message().setExit(exit).build());
        peer.send(message().setDone(DoneMessage.getDefaultInstance()).build());
      } catch (RpcException | InterruptedException e) {
        // The client has gone; so will the container.
        stdin.close();
      } finally {
        over = true;
        synchronized (this) {
          worker = null;
          Thread.interrupted();
        }
        running.countDown();
        started.countDown();
      }
    }

    private int execute(dev.gatehouse.frontend.Container container)
        throws FrontendException, RpcException, InterruptedException {
      List<Integer> fds = init.getFdsList();
      SecurityMode security = init.getSecurity();
      if (security == SecurityMode.UNRECOGNIZED) {
        throw failure(
            StatusCode.INVALID_ARGUMENT, "unknown security mode " + init.getSecurityValue());
      }
      ProcessRequest request =
          ProcessRequest.builder(init.getMeta().getArgsList())
              .environment(init.getMeta().getEnvList())
              .secretEnvironment(
                  init.getSecretenvList().stream()
                      .map(s ->
                          new ProcessRequest.SecretVariable(
                              s.getID(), s.getName(), s.getOptional()))
                      .toList())
              .user(init.getMeta().getUser())
              .directory(init.getMeta().getCwd())
              .terminal(init.getTty())
              .insecure(security == SecurityMode.INSECURE)
              .removeMountStubsRecursive(init.getMeta().getRemoveMountStubsRecursive())
              .stdin(fds.contains(0) ? stdin : null)
              .stdout(fds.contains(1) ? new Output(1) : null)
              .stderr(fds.contains(2) ? new Output(2) : null)
              .build();
      ContainerProcess p = container.start(request);
      process = p;
      running.countDown();
      announceStart();
      return p.waitFor();
    }

    private void announceStart() throws RpcException, InterruptedException {
      if (started.getCount() > 0) {
        peer.send(message().setStarted(StartedMessage.getDefaultInstance()).build());
        started.countDown();
      }
    }

    private ExecMessage.Builder message() {
      return ExecMessage.newBuilder().setProcessID(id);
    }

    void input(FdMessage file) throws FrontendException, InterruptedException {
      if (file.getFd() != 0 || !init.getFdsList().contains(0)) {
        throw failure(StatusCode.OUT_OF_RANGE, "fd " + file.getFd() + " unavailable to write");
      }
      if (!file.getData().isEmpty()) {
        stdin.add(file.getData().toByteArray());
      }
      if (file.getEOF()) {
        stdin.end();
      }
    }

    void resize(int rows, int columns) throws FrontendException, InterruptedException {
      ContainerProcess p = started();
      if (p != null) {
        p.resize(rows, columns);
      }
    }

    void signal(String name) throws FrontendException, InterruptedException {
      ContainerProcess p = started();
      if (p != null) {
        p.signal(name);
      }
    }

    /** Null when the process is over. */
    private @Nullable ContainerProcess started() throws InterruptedException {
      running.await();
      return over ? null : process;
    }

    void abandon() {
      stdin.close();
      synchronized (this) {
        boolean wasOver = over;
        over = true;
        if (worker != null && !wasOver) {
          worker.interrupt();
        }
      }
    }

    /** Output of the process as messages, held back until its start has been announced. */
    private final class Output extends OutputStream {
      private final int fd;

      Output(int fd) {
        this.fd = fd;
      }

      @Override
      public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
      }

      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        try {
          started.await();
          for (int at = offset; at < offset + length; at += CHUNK) {
            int n = Math.min(CHUNK, offset + length - at);
            peer.send(
                message()
                    .setFile(
                        FdMessage.newBuilder().setFd(fd).setData(ByteString.copyFrom(bytes, at, n)))
                    .build());
          }
        } catch (RpcException e) {
          throw new IOException(e.getMessage(), e);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new InterruptedIOException("interrupted while sending output");
        }
      }
    }
  }
}
