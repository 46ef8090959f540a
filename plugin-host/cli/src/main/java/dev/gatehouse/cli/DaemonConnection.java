package dev.gatehouse.cli;

import dev.gatehouse.cli.option.Options;
import dev.gatehouse.cli.option.UsageException;
import dev.gatehouse.client.BuildClient;
import dev.gatehouse.client.DaemonAddress;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.StatusCode;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds the daemon: the one that was named, or the user's own, which is started when it does not
 * run.
 */
final class DaemonConnection {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int LOG_TAIL = 20;

  private DaemonConnection() {}

  /**
   * Connects.
   *
   * @param named an address from the command line, or null
   * @param start whether the user's own daemon is started when it does not run
   */
  static BuildClient open(@Nullable String named, boolean start, PrintStream err)
      throws UsageException, IOException, FrontendException, InterruptedException {
    String address = named;
    if (address == null) {
      address = Options.environment("GATEHOUSE_HOST");
    }
    if (address == null) {
      address = Options.environment("BUILDKIT_HOST");
    }
    if (address != null) {
      try {
        return BuildClient.connect(DaemonAddress.parse(address));
      } catch (IllegalArgumentException e) {
        throw new UsageException(String.valueOf(e.getMessage()));
      }
    }
    Path socket = Installation.socket();
    BuildClient client = BuildClient.connect(DaemonAddress.unix(socket));
    if (start && !answers(client)) {
      client.close();
      startDaemon(socket, err);
      client = BuildClient.connect(DaemonAddress.unix(socket));
    }
    return client;
  }

  private static boolean answers(BuildClient client)
      throws FrontendException, InterruptedException {
    try {
      client.info();
      return true;
    } catch (FrontendException e) {
      if (e.status() == StatusCode.UNAVAILABLE) {
        return false;
      }
      throw e;
    }
  }

  /** Starts the daemon in a session of its own; two commands at once start one. */
  private static void startDaemon(Path socket, PrintStream err)
      throws IOException, FrontendException, InterruptedException {
    Path directory = socket.getParent();
    if (directory == null) {
      throw new IOException(socket + " has no directory");
    }
    Files.createDirectories(directory);
    Path log = directory.resolve("daemon.log");
    try (FileChannel lock =
            FileChannel.open(
                directory.resolve("start.lock"),
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE);
        FileLock held = lock.lock()) {
      if (held.isValid() && running(socket)) {
        return;
      }
      List<String> command = new ArrayList<>();
      if (Files.isExecutable(Path.of("/usr/bin/setsid"))) {
        command.add("/usr/bin/setsid");
      }
      command.addAll(Installation.self());
      command.addAll(List.of("daemon", "--addr", "unix://" + socket));
      err.println("gatehouse: starting the build daemon, its log is " + log);
      Process daemon =
          new ProcessBuilder(command)
              .redirectInput(new File("/dev/null"))
              .redirectOutput(log.toFile())
              .redirectErrorStream(true)
              .directory(new File("/"))
              .start();
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      while (!running(socket)) {
        if (!daemon.isAlive()) {
          throw new IOException(
              "the build daemon ended with exit code " + daemon.exitValue() + ":\n" + tail(log));
        }
        if (System.nanoTime() > deadline) {
          daemon.destroy();
          throw new IOException(
              "the build daemon does not answer after "
                  + PATIENCE.toSeconds()
                  + " s:\n"
                  + tail(log));
        }
        Thread.sleep(25);
      }
    }
  }

  private static boolean running(Path socket) throws FrontendException, InterruptedException {
    if (!Files.exists(socket)) {
      return false;
    }
    try (BuildClient client = BuildClient.connect(DaemonAddress.unix(socket))) {
      return answers(client);
    }
  }

  private static String tail(Path log) throws IOException {
    List<String> lines = Files.readAllLines(log);
    return String.join("\n", lines.subList(Math.max(0, lines.size() - LOG_TAIL), lines.size()));
  }
}
