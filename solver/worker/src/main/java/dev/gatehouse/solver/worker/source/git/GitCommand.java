package dev.gatehouse.solver.worker.source.git;

import dev.gatehouse.solver.core.VertexProgress;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Calls of git that know nothing of this host: no configuration of system or user, no prompts, no
 * environment but proxies and the path. Settings that may hold secrets (remotes with passwords,
 * authorization headers) travel in the environment, where other users cannot see them.
 *
 * @param gitDir the repository; empty for none
 * @param workTree the working tree; empty for none
 * @param settings of git for these calls
 * @param sshAgent socket of an agent
 * @param knownHosts file of host keys; empty: they are not checked
 * @param progress gets what git says of its doings
 */
record GitCommand(
    Optional<Path> gitDir,
    Optional<Path> workTree,
    Map<String, String> settings,
    Optional<Path> sshAgent,
    Optional<Path> knownHosts,
    VertexProgress progress) {
  private static final List<String> PASSED_ON =
      List.of(
          "HTTP_PROXY",
          "HTTPS_PROXY",
          "NO_PROXY",
          "ALL_PROXY",
          "http_proxy",
          "https_proxy",
          "no_proxy",
          "all_proxy");

  private static final int MAX_OUTPUT = 32 << 20;
  private static final int MAX_MESSAGES = 64 << 10;
  private static final long GRACE_SECONDS = 10;
  private static final String DEPTH = "--depth=1";

  GitCommand {
    settings = Map.copyOf(settings);
  }

  GitCommand in(Path directory) {
    return new GitCommand(
        Optional.of(directory), workTree, settings, sshAgent, knownHosts, progress);
  }

  GitCommand on(Path tree) {
    return new GitCommand(gitDir, Optional.of(tree), settings, sshAgent, knownHosts, progress);
  }

  /** Git ended with an error. */
  static final class GitException extends IOException {
    private static final long serialVersionUID = 1;

    private final String messages;

    private GitException(int code, String messages) {
      super("git stderr:\n" + messages + ": exit status " + code);
      this.messages = messages;
    }

    /** What git printed. */
    String messages() {
      return messages;
    }
  }

  /** Runs and gives the first line of the output. */
  String line(String... args) throws IOException, InterruptedException {
    return run(args).strip();
  }

  /**
   * Runs and gives the output. Where the other side cannot do something optional, it is tried
   * without: shallow histories, commits that no reference names.
   */
  String run(String... args) throws IOException, InterruptedException {
    return new String(bytes(args), StandardCharsets.UTF_8);
  }

  byte[] bytes(String... args) throws IOException, InterruptedException {
    List<String> current = List.of(args);
    while (true) {
      try {
        return once(current);
      } catch (GitException e) {
        List<String> less = simpler(current, e.messages());
        if (less.size() == current.size()) {
          throw e;
        }
        current = less;
      }
    }
  }

  private static List<String> simpler(List<String> args, String messages) {
    if (messages.contains("--depth") || messages.contains("shallow")) {
      List<String> whole = args.stream().filter(a -> !a.equals(DEPTH)).toList();
      if (whole.size() < args.size()) {
        return whole;
      }
    }
    boolean unknown = messages.contains("not our ref") || messages.contains("unadvertised object");
    if (unknown
        && args.size() > 2
        && args.getFirst().equals("fetch")
        && GitIdentifier.isCommit(args.getLast())) {
      return args.subList(0, args.size() - 1);
    }
    return args;
  }

  private byte[] once(List<String> args) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    // The mask of this process lets everything through; what git writes is to be as everywhere.
    command.addAll(List.of("/bin/sh", "-c", "umask 0022; exec \"$@\"", "sh", "git"));
    // A repository must not name directories of this host as its submodules.
    command.addAll(List.of("-c", "protocol.file.allow=user"));
    workTree.ifPresent(w -> command.addAll(List.of("--work-tree", w.toString())));
    gitDir.ifPresent(g -> command.addAll(List.of("--git-dir", g.toString())));
    command.addAll(args);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.directory(workTree.or(() -> gitDir).map(Path::toFile).orElse(new File("/")));
    builder.redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
    environment(builder.environment());
    Process process = builder.start();
    ByteArrayOutputStream messages = new ByteArrayOutputStream();
    Thread reader =
        Thread.ofPlatform().daemon().name("git-messages").start(() -> tell(process, messages));
    ByteArrayOutputStream output = new ByteArrayOutputStream();
    Output out = new Output(process.getInputStream(), output);
    Thread outReader = Thread.ofPlatform().daemon().name("git-output").start(out);
    try {
      int code = process.waitFor();
      outReader.join();
      reader.join();
      if (out.overflow) {
        throw new IOException("git " + args.getFirst() + ": more than " + MAX_OUTPUT + " bytes");
      }
      if (code != 0) {
        throw new GitException(code, messages.toString(StandardCharsets.UTF_8));
      }
      return output.toByteArray();
    } catch (InterruptedException e) {
      end(process);
      throw e;
    }
  }

  private void environment(Map<String, String> environment) {
    Map<String, String> own = Map.copyOf(environment);
    environment.clear();
    environment.put("PATH", own.getOrDefault("PATH", "/usr/local/bin:/usr/bin:/bin"));
    environment.put("LC_ALL", "C");
    environment.put("HOME", "/dev/null");
    environment.put("GIT_CONFIG_NOSYSTEM", "1");
    environment.put("GIT_CONFIG_GLOBAL", "/dev/null");
    environment.put("GIT_TERMINAL_PROMPT", "0");
    environment.put(
        "GIT_SSH_COMMAND",
        "ssh -F /dev/null "
            + knownHosts
                .map(file -> "-o UserKnownHostsFile=" + file)
                .orElse("-o StrictHostKeyChecking=no"));
    sshAgent.ifPresent(socket -> environment.put("SSH_AUTH_SOCK", socket.toString()));
    for (String name : PASSED_ON) {
      String value = own.get(name);
      if (value != null) {
        environment.put(name, value);
      }
    }
    environment.put("GIT_CONFIG_COUNT", Integer.toString(settings.size()));
    int i = 0;
    for (Map.Entry<String, String> setting : settings.entrySet()) {
      environment.put("GIT_CONFIG_KEY_" + i, setting.getKey());
      environment.put("GIT_CONFIG_VALUE_" + i, setting.getValue());
      i++;
    }
  }

  /** Keeps output up to a bound, and reads the rest away. */
  private static final class Output implements Runnable {
    private final InputStream from;
    private final ByteArrayOutputStream to;
    private volatile boolean overflow;

    private Output(InputStream from, ByteArrayOutputStream to) {
      this.from = from;
      this.to = to;
    }

    @Override
    public void run() {
      byte[] buffer = new byte[32 * 1024];
      try {
        for (int n = from.read(buffer); n >= 0; n = from.read(buffer)) {
          if (to.size() + n > MAX_OUTPUT) {
            overflow = true;
          } else {
            to.write(buffer, 0, n);
          }
        }
      } catch (IOException e) {
        overflow |= to.size() > 0; // a part is not the output
      }
    }
  }

  private void tell(Process process, ByteArrayOutputStream messages) {
    byte[] buffer = new byte[8 * 1024];
    try (InputStream from = process.getErrorStream()) {
      for (int n = from.read(buffer); n >= 0; n = from.read(buffer)) {
        progress.log(2, java.util.Arrays.copyOf(buffer, n));
        if (messages.size() < MAX_MESSAGES) {
          messages.write(buffer, 0, n);
        }
      }
    } catch (IOException e) {
      // The process was ended; nobody waits for its messages.
    }
  }

  /** Ends git and the helpers it started. */
  private static void end(Process process) {
    List<ProcessHandle> helpers = process.descendants().toList();
    process.destroy();
    helpers.forEach(ProcessHandle::destroy);
    boolean interrupted = false;
    try {
      if (!process.waitFor(GRACE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      interrupted = true;
      process.destroyForcibly();
    }
    helpers.forEach(ProcessHandle::destroyForcibly);
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
