package dev.gatehouse.samples.doors;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** Programs that the tests run, to their end or as long as a test lasts. */
final class Command {
  private static final int PATIENCE_SECONDS = 120;

  private Command() {}

  /** What a command said and how it ended. */
  record Outcome(int status, String output) {
    Outcome succeeds() {
      assertThat(status).as(output).isZero();
      return this;
    }

    Outcome fails() {
      assertThat(status).as(output).isNotZero();
      return this;
    }
  }

  static ProcessBuilder builder(List<String> line) {
    ProcessBuilder builder = new ProcessBuilder(line).redirectErrorStream(true);
    builder.environment().put("GATEHOUSE_JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put("DOCKER_BUILDKIT", "1");
    return builder;
  }

  static Outcome run(List<String> line) throws IOException, InterruptedException {
    Process process = builder(line).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Outcome(process.waitFor(), output);
  }

  /** A program that serves until it is closed. */
  record Server(Process process, Path log) implements AutoCloseable {

    /** Starts it and waits until it answers. */
    static Server start(List<String> line, Path log, Callable<Boolean> ready) throws Exception {
      Server server = new Server(builder(line).redirectOutput(log.toFile()).start(), log);
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
      while (!ready.call()) {
        assertThat(server.process.isAlive() && System.nanoTime() < deadline)
            .as("%s does not serve:\n%s", line.get(0), Files.readString(log))
            .isTrue();
        Thread.sleep(50);
      }
      return server;
    }

    @Override
    public void close() throws InterruptedException {
      process.destroy();
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    }
  }

  /** A port that was free a moment ago. */
  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  static List<String> line(List<String> first, List<String> rest) {
    List<String> line = new ArrayList<>(first);
    line.addAll(rest);
    return line;
  }
}
