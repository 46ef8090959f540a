package dev.gatehouse.solver.exec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The command line of one OCI runtime. crun and runc understand the same commands; other runtimes
 * are taken to be like runc.
 *
 * @param binary the program
 * @param state where it keeps what it knows of containers ({@code --root})
 * @param cgroups of the host; where they cannot be written the runtime is told to do without
 */
record OciRuntime(Path binary, Path state, HostFacts.Cgroups cgroups) {
  private static final JsonMapper JSON = new JsonMapper();
  private static final int MAX_LOG = 64 * 1024;
  private static final long DELETE_SECONDS = 20;

  String name() {
    return String.valueOf(binary.getFileName());
  }

  boolean isCrun() {
    return name().contains("crun");
  }

  private List<String> base(@Nullable Path log) {
    List<String> command = new ArrayList<>();
    command.add(binary.toString());
    command.add("--root");
    command.add(state.toString());
    if (log != null) {
      command.add("--log");
      command.add(log.toString());
      command.add("--log-format");
      command.add("json");
    }
    if (!cgroups.writable()) {
      command.add(isCrun() ? "--cgroup-manager=disabled" : "--rootless=true");
    }
    return command;
  }

  /** Runs a container in the foreground; it is deleted when its first process ends. */
  List<String> run(String id, Path bundle, Path pidFile, Path log) {
    List<String> command = base(log);
    command.addAll(
        List.of("run", "--bundle", bundle.toString(), "--pid-file", pidFile.toString(), id));
    return command;
  }

  /** Runs a further process in the foreground. */
  List<String> exec(String id, Path process, Path pidFile, Path log) {
    List<String> command = base(log);
    command.addAll(
        List.of("exec", "--process", process.toString(), "--pid-file", pidFile.toString(), id));
    return command;
  }

  /** Whether the runtime still keeps a container of that id. */
  boolean knows(String id) {
    return Files.exists(state.resolve(id));
  }

  /** Kills and forgets a container. */
  void delete(String id) throws IOException {
    List<String> command = base(null);
    command.addAll(List.of("delete", "--force", id));
    ProcessBuilder builder = builder(command);
    builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
    builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    Process process = builder.start();
    boolean interrupted = false;
    try {
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(DELETE_SECONDS);
      while (true) {
        try {
          if (!process.waitFor(end - System.nanoTime(), TimeUnit.NANOSECONDS)) {
            process.destroyForcibly();
            throw new IOException(name() + " delete " + id + " did not end");
          }
          return;
        } catch (InterruptedException e) {
          interrupted = true; // removing a container is not given up half-way
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** A builder with nothing of this process's environment but the path. */
  static ProcessBuilder builder(List<String> command) {
    ProcessBuilder builder = new ProcessBuilder(command);
    String path = System.getenv("PATH");
    builder.environment().clear();
    builder.environment().put("PATH", path == null ? Binaries.DEFAULT_PATH : path);
    return builder;
  }

  /** The last error in a log the runtime wrote. */
  static Optional<String> lastError(Path log) {
    List<String> lines;
    try {
      if (Files.size(log) > MAX_LOG) {
        return Optional.empty();
      }
      lines = Files.readAllLines(log);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of("log of the container runtime: " + e.getMessage());
    }
    String error = null;
    for (String line : lines) {
      try {
        JsonNode entry = JSON.readTree(line);
        if (entry.path("level").asString("error").equals("error")) {
          error = entry.path("msg").asString(line);
        }
      } catch (JacksonException e) {
        error = line;
      }
    }
    return Optional.ofNullable(error).filter(e -> !e.isBlank());
  }
}
