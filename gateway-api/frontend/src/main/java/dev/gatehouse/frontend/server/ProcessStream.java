package dev.gatehouse.frontend.server;

import com.google.protobuf.ByteString;
import dev.gatehouse.frontend.CapabilitySet;
import dev.gatehouse.frontend.ContainerProcess;
import dev.gatehouse.frontend.ErrorDetail;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.FrontendException.Category;
import dev.gatehouse.frontend.GatewayCapabilities;
import dev.gatehouse.frontend.ProcessRequest;
import dev.gatehouse.frontend.StatusCode;
import dev.gatehouse.frontend.transport.RpcException;
import dev.gatehouse.frontend.transport.TaskThreads;
import dev.gatehouse.protocol.gateway.ExecMessage;
import dev.gatehouse.protocol.gateway.ExitMessage;
import dev.gatehouse.protocol.gateway.FdMessage;
import dev.gatehouse.protocol.gateway.InitMessage;
import dev.gatehouse.protocol.gateway.ResizeMessage;
import dev.gatehouse.protocol.gateway.SignalMessage;
import dev.gatehouse.protocol.pb.Meta;
import dev.gatehouse.protocol.pb.SecretEnv;
import dev.gatehouse.protocol.pb.SecurityMode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * The client's end of {@code ExecProcess}: one stream, opened with the first process, for all of
 * them.
 */
final class ProcessStream implements AutoCloseable {
  private static final int CHUNK = 32 << 10;

  private final LlbBridge bridge;
  private final Map<String, Process> processes = new ConcurrentHashMap<>();
  private LlbBridge.@Nullable ExecStream stream; // guarded by this
  private @Nullable FrontendException broken; // guarded by this

  ProcessStream(LlbBridge bridge) {
    this.bridge = bridge;
  }

  ContainerProcess start(String container, ProcessRequest request, CapabilitySet capabilities)
      throws FrontendException, InterruptedException {
    String id = container + ":" + Ids.random();
    Meta meta =
        Meta.newBuilder()
            .addAllArgs(request.arguments())
            .addAllEnv(request.environment())
            .setCwd(request.directory())
            .setUser(request.user())
            .setRemoveMountStubsRecursive(request.removeMountStubsRecursive())
            .build();
    InitMessage.Builder init =
        InitMessage.newBuilder()
            .setContainerID(container)
            .setMeta(meta)
            .setTty(request.terminal())
            .setSecurity(request.insecure() ? SecurityMode.INSECURE : SecurityMode.SANDBOX);
    request
        .secretEnvironment()
        .forEach(s ->
            init.addSecretenv(
                SecretEnv.newBuilder().setID(s.id()).setName(s.name()).setOptional(s.optional())));
    request.stdin().ifPresent(in -> init.addFds(0));
    request.stdout().ifPresent(out -> init.addFds(1));
    request.stderr().ifPresent(out -> init.addFds(2));
    Process process = new Process(id, request, capabilities);
    processes.put(id, process);
    try {
      process.send(ExecMessage.newBuilder().setInit(init));
      process.awaitStart();
    } catch (FrontendException | InterruptedException e) {
      processes.remove(id);
      throw e;
    }
    request.stdin().ifPresent(in -> TaskThreads.executor().execute(() -> process.copyInput(in)));
    return process;
  }

  private synchronized LlbBridge.ExecStream stream()
      throws FrontendException, InterruptedException {
    if (broken != null) {
      throw broken.toBuilder().build();
    }
    LlbBridge.ExecStream s = stream;
    if (s == null) {
      s = BridgeClient.call(bridge::execProcess);
      stream = s;
      LlbBridge.ExecStream opened = s;
      TaskThreads.executor().execute(() -> receive(opened));
    }
    return s;
  }

  private void receive(LlbBridge.ExecStream from) {
    FrontendException end;
    try {
      while (true) {
        ExecMessage message = from.receive();
        if (message == null) {
          end = FrontendException.environment("the build server ended the stream of processes");
          break;
        }
        Process process = processes.get(message.getProcessID());
        if (process != null) {
          process.accept(message);
        }
      }
    } catch (RpcException e) {
      end = Statuses.fromRpc(e);
    } catch (InterruptedException e) {
      end = FrontendException.builder(Category.CANCELLED, "cancelled").build();
    }
    synchronized (this) {
      broken = end;
    }
    for (Process process : processes.values()) {
      process.finish(ContainerProcess.UNKNOWN_EXIT_CODE, end);
    }
  }

  @Override
  public void close() {
    LlbBridge.ExecStream s;
    synchronized (this) {
      s = stream;
    }
    if (s != null) {
      s.close();
    }
  }

  private final class Process implements ContainerProcess {
    private final String id;
    private final ProcessRequest request;
    private final CapabilitySet capabilities;
    private final CountDownLatch started = new CountDownLatch(1);
    private final CountDownLatch done = new CountDownLatch(1);
    private volatile @Nullable ExitMessage exit;
    private int code; // these are written before done is counted down
    private @Nullable FrontendException failure;
    private @Nullable IOException outputFailure;

    Process(String id, ProcessRequest request, CapabilitySet capabilities) {
      this.id = id;
      this.request = request;
      this.capabilities = capabilities;
    }

    void send(ExecMessage.Builder message) throws FrontendException, InterruptedException {
      LlbBridge.ExecStream s = stream();
      ExecMessage built = message.setProcessID(id).build();
      BridgeClient.call(() -> {
        s.send(built);
        return built;
      });
    }

    void awaitStart() throws FrontendException, InterruptedException {
      started.await();
      if (done.getCount() == 0 && failure != null && exit == null) {
        throw failure;
      }
    }

    /** On the stream's thread. */
    void accept(ExecMessage message) {
      switch (message.getInputCase()) {
        case STARTED -> started.countDown();
        case FILE -> output(message.getFile());
        case EXIT -> exit = message.getExit();
        case DONE -> finishWithExit();
        case INIT, RESIZE, SIGNAL, INPUT_NOT_SET -> {
          // Nothing a server says; a newer one may.
        }
      }
    }

    private void output(FdMessage file) {
      OutputStream out =
          file.getFd() == 1
              ? request.stdoutOrNull()
              : file.getFd() == 2 ? request.stderrOrNull() : null;
      if (out == null || outputFailure != null) {
        return;
      }
      try {
        file.getData().writeTo(out);
        if (file.getEOF()) {
          out.flush();
        }
      } catch (IOException e) {
        // Kept for waitFor: the process goes on, as it would with a full pipe's reader gone.
        outputFailure = e;
      }
    }

    private void finishWithExit() {
      ExitMessage e = exit;
      if (e == null || e.getCode() == 0) {
        finish(0, null);
        return;
      }
      FrontendException error = e.hasError() ? Statuses.toException(e.getError(), null) : null;
      boolean exited =
          e.getCode() != UNKNOWN_EXIT_CODE
              || (error != null && error.detail(ErrorDetail.Exit.class).isPresent());
      finish(e.getCode(), exited ? null : error);
    }

    void finish(int exitCode, @Nullable FrontendException error) {
      if (done.getCount() > 0) {
        code = exitCode;
        failure = error;
        done.countDown();
        started.countDown();
      }
    }

    void copyInput(InputStream in) {
      byte[] buffer = new byte[CHUNK];
      try {
        int n;
        while (done.getCount() > 0 && (n = in.read(buffer)) >= 0) {
          send(
              ExecMessage.newBuilder()
                  .setFile(
                      FdMessage.newBuilder().setFd(0).setData(ByteString.copyFrom(buffer, 0, n))));
        }
        if (done.getCount() > 0) {
          send(ExecMessage.newBuilder().setFile(FdMessage.newBuilder().setFd(0).setEOF(true)));
        }
      } catch (IOException | FrontendException | InterruptedException e) {
        // Input that cannot be read has ended; a stream that broke is told by waitFor.
        endInput();
      }
    }

    private void endInput() {
      try {
        send(ExecMessage.newBuilder().setFile(FdMessage.newBuilder().setFd(0).setEOF(true)));
      } catch (FrontendException | InterruptedException e) {
        // The stream is gone, and the process with it.
        return;
      }
    }

    @Override
    public int waitFor() throws FrontendException, InterruptedException {
      done.await();
      processes.remove(id);
      FrontendException error = failure;
      if (error != null) {
        throw error.toBuilder().build();
      }
      IOException io = outputFailure;
      if (io != null) {
        throw FrontendException.builder(
                Category.ENVIRONMENT,
                "output of a process could not be written: " + io.getMessage())
            .cause(io)
            .build();
      }
      return code;
    }

    @Override
    public void resize(int rows, int columns) throws FrontendException, InterruptedException {
      if (done.getCount() > 0) {
        send(
            ExecMessage.newBuilder()
                .setResize(ResizeMessage.newBuilder().setRows(rows).setCols(columns)));
      }
    }

    @Override
    public void signal(String name) throws FrontendException, InterruptedException {
      capabilities.require(GatewayCapabilities.EXEC_SIGNALS);
      String plain = name.startsWith("SIG") ? name.substring(3) : name;
      if (plain.isEmpty()) {
        throw FrontendException.builder(Category.USER, "a signal needs a name")
            .status(StatusCode.INVALID_ARGUMENT)
            .build();
      }
      if (done.getCount() > 0) {
        send(ExecMessage.newBuilder().setSignal(SignalMessage.newBuilder().setName(plain)));
      }
    }
  }
}
