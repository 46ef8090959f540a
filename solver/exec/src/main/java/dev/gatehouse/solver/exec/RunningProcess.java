package dev.gatehouse.solver.exec;

import dev.gatehouse.solver.exec.ContainerException.Kind;
import dev.gatehouse.solver.linux.Errno;
import dev.gatehouse.solver.linux.LinuxException;
import dev.gatehouse.solver.linux.PseudoTerminal;
import dev.gatehouse.solver.linux.Signals;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A process in a container, behind the process of the OCI runtime that runs it in the foreground
 * and whose exit code it becomes.
 *
 * <p>Its streams are read by threads of the platform: a read of a pipe would hold the carrier of a
 * virtual one.
 */
final class RunningProcess implements ContainerProcess {
  private static final int CHUNK = 32 * 1024;
  private static final Duration POLL = Duration.ofMillis(5);

  /** How long output may go on after a process, held open by its children. */
  private static final Duration DRAIN = Duration.ofSeconds(2);

  /** How long the runtime may take to start or to end. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Process runtime;
  private final Path pidFile;
  private final Path log;
  private final List<Thread> pumps;
  private final @Nullable PseudoTerminal terminal;
  private final BooleanSupplier outOfMemory;

  /** Set once, guarded by this. */
  private @Nullable ExitStatus status;

  private RunningProcess(
      Process runtime,
      Path pidFile,
      Path log,
      List<Thread> pumps,
      @Nullable PseudoTerminal terminal,
      BooleanSupplier outOfMemory) {
    this.runtime = runtime;
    this.pidFile = pidFile;
    this.log = log;
    this.pumps = pumps;
    this.terminal = terminal;
    this.outOfMemory = outOfMemory;
  }

  /**
   * Starts the runtime.
   *
   * @param outOfMemory asked after a failure: whether memory ran out since the start
   */
  static RunningProcess start(
      List<String> command,
      Path pidFile,
      Path log,
      ProcessIo io,
      boolean withTerminal,
      BooleanSupplier outOfMemory)
      throws IOException {
    ProcessBuilder builder = OciRuntime.builder(command);
    PseudoTerminal terminal = withTerminal ? PseudoTerminal.open() : null;
    Process runtime;
    try {
      if (terminal != null) {
        Hangups.survive();
        File side = terminal.terminal().toFile();
        builder.redirectInput(ProcessBuilder.Redirect.from(side));
        builder.redirectOutput(ProcessBuilder.Redirect.to(side));
        builder.redirectError(ProcessBuilder.Redirect.to(side));
      } else if (io.stdin().isEmpty()) {
        builder.redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
      }
      runtime = builder.start();
    } catch (IOException e) {
      if (terminal != null) {
        terminal.close();
      }
      throw e;
    }
    List<Thread> pumps = new ArrayList<>();
    String name = "container-" + runtime.pid();
    if (terminal != null) {
      pumps.add(pump(name, terminal.inputStream(), io.stdout()));
    } else {
      pumps.add(pump(name, runtime.getInputStream(), io.stdout()));
      pumps.add(pump(name, runtime.getErrorStream(), io.stderr()));
    }
    OutputStream input = terminal != null ? terminal.outputStream() : runtime.getOutputStream();
    boolean closeInput = terminal == null;
    io.stdin()
        .ifPresent(in ->
            Thread.ofPlatform()
                .daemon()
                .name(name + "-stdin")
                .start(() -> feed(in, input, closeInput)));
    return new RunningProcess(runtime, pidFile, log, pumps, terminal, outOfMemory);
  }

  private static Thread pump(String name, InputStream from, OutputSink to) {
    return Thread.ofPlatform().daemon().name(name).start(() -> copy(from, to));
  }

  private static void copy(InputStream from, OutputSink to) {
    byte[] buffer = new byte[CHUNK];
    OutputSink sink = to;
    while (true) {
      int n;
      try {
        n = from.read(buffer, 0, buffer.length);
      } catch (IOException e) {
        return; // the other side of a terminal is gone, or the stream was closed with the process
      }
      if (n < 0) {
        return;
      }
      try {
        sink.write(buffer, 0, n);
      } catch (IOException | RuntimeException e) {
        sink = OutputSink.DISCARD; // the process must not block for a reader that is gone
      }
    }
  }

  private static void feed(InputStream from, OutputStream to, boolean close) {
    byte[] buffer = new byte[CHUNK];
    try {
      for (int n = from.read(buffer); n >= 0; n = from.read(buffer)) {
        to.write(buffer, 0, n);
        to.flush();
      }
    } catch (IOException e) {
      // The process or its client has closed its side; there is nobody left to tell.
    } finally {
      if (close) {
        try {
          to.close();
        } catch (IOException e) {
          // As above.
        }
      }
    }
  }

  @Override
  public ExitStatus await() throws ContainerException, InterruptedException {
    int code = runtime.waitFor();
    long end = System.nanoTime() + DRAIN.toNanos();
    for (Thread pump : pumps) {
      if (!pump.join(Duration.ofNanos(Math.max(1, end - System.nanoTime())))) {
        closeStreams();
      }
    }
    return finish(code);
  }

  private synchronized ExitStatus finish(int code) throws ContainerException {
    ExitStatus known = status;
    if (known != null) {
      return known;
    }
    if (terminal != null) {
      terminal.close();
    }
    if (code != 0 && pid().isEmpty()) {
      String message = OciRuntime.lastError(log).orElse("the container runtime ended with " + code);
      throw new ContainerException(
          isAboutProgram(message) ? Kind.SPECIFICATION : Kind.HOST, message);
    }
    ExitStatus now = new ExitStatus(code, code != 0 && outOfMemory.getAsBoolean());
    status = now;
    return now;
  }

  /** Whether a runtime's message tells of a program that cannot be executed. */
  private static boolean isAboutProgram(String message) {
    String text = message.toLowerCase(Locale.ROOT);
    return text.contains("executable file")
        || text.contains("exec:")
        || text.contains("exec format error")
        || text.contains("chdir to cwd");
  }

  boolean isAlive() {
    return runtime.isAlive();
  }

  /** The process's number on the host, once the runtime has told it. */
  OptionalLong pid() {
    try {
      String text = Files.readString(pidFile).strip();
      return text.isEmpty() ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(text));
    } catch (NoSuchFileException e) {
      return OptionalLong.empty();
    } catch (IOException | NumberFormatException e) {
      return OptionalLong.empty(); // being written
    }
  }

  /** Waits until the process runs or has ended; whether it runs. */
  boolean awaitStart() throws InterruptedException {
    while (pid().isEmpty()) {
      if (runtime.waitFor(POLL.toMillis(), TimeUnit.MILLISECONDS)) {
        return false;
      }
    }
    return runtime.isAlive();
  }

  @Override
  public void signal(int number) throws IOException, InterruptedException {
    if (number < 1 || number > 64) {
      throw new IllegalArgumentException("not a signal: " + number);
    }
    if (awaitStart()) {
      send(number);
    }
  }

  private void send(int number) throws IOException {
    OptionalLong pid = pid();
    // While the runtime lives it has not reaped the process, so that the number is still its own.
    if (pid.isPresent() && runtime.isAlive()) {
      Signals.send(pid.getAsLong(), number);
    }
  }

  @Override
  public void resize(int rows, int columns) throws IOException, InterruptedException {
    if (rows < 0 || columns < 0 || rows > 0xffff || columns > 0xffff) {
      throw new IllegalArgumentException("terminal of " + rows + " rows, " + columns + " columns");
    }
    if (terminal == null || !awaitStart()) {
      return;
    }
    terminal.resize(rows, columns);
    // The runtime has made a terminal of its own for the process, and crun does not carry sizes
    // over.
    OptionalLong pid = pid();
    if (pid.isPresent() && runtime.isAlive()) {
      try {
        PseudoTerminal.resize(Path.of("/proc/" + pid.getAsLong() + "/fd/0"), rows, columns);
      } catch (LinuxException e) {
        if (runtime.isAlive() && !e.is(Errno.ENOENT) && !e.is(Errno.ENXIO)) {
          throw e;
        }
      }
    }
  }

  /**
   * Ends the process: TERM, KILL after the grace period. Returns whether the runtime has ended; an
   * interrupt cuts the grace period short and is passed on.
   */
  boolean stop(Duration grace) throws IOException {
    boolean interrupted = false;
    try {
      long starting = System.nanoTime() + PATIENCE.toNanos();
      while (runtime.isAlive() && pid().isEmpty() && System.nanoTime() < starting) {
        interrupted |= waited(POLL) == Waited.INTERRUPTED;
      }
      if (!runtime.isAlive()) {
        return true;
      }
      send(Signals.SIGTERM);
      Waited result = interrupted ? Waited.INTERRUPTED : waited(grace);
      interrupted |= result == Waited.INTERRUPTED;
      if (result != Waited.ENDED) {
        send(Signals.SIGKILL);
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (runtime.isAlive() && System.nanoTime() < end) {
          interrupted |=
              waited(Duration.ofNanos(Math.max(1, end - System.nanoTime()))) == Waited.INTERRUPTED;
        }
      }
      return !runtime.isAlive();
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private enum Waited {
    ENDED,
    TIMEOUT,
    INTERRUPTED
  }

  private Waited waited(Duration time) {
    try {
      return runtime.waitFor(time.toNanos(), TimeUnit.NANOSECONDS) ? Waited.ENDED : Waited.TIMEOUT;
    } catch (InterruptedException e) {
      return Waited.INTERRUPTED;
    }
  }

  /** Ends the runtime itself and the threads that read from it. */
  void abandon() {
    runtime.destroyForcibly();
    closeStreams();
  }

  private void closeStreams() {
    if (terminal != null) {
      terminal.close();
      return;
    }
    for (AutoCloseable stream :
        List.of(runtime.getInputStream(), runtime.getErrorStream(), runtime.getOutputStream())) {
      try {
        stream.close();
      } catch (Exception e) {
        // Closing what is already gone.
      }
    }
  }
}
