package dev.gatehouse.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** The packaged distribution as people run it: a daemon of its own below a directory, commands. */
final class TestDistribution implements AutoCloseable {
  static final Path HOME = Path.of("target/gatehouse").toAbsolutePath();
  private static final Path BUSYBOX = Path.of("/usr/bin/busybox");
  private static final int PATIENCE_SECONDS = 60;

  private final Path dir;
  private final Path root;
  private final List<String> daemonArguments;
  private Process daemon;

  /** What a command said and how it ended. */
  record Outcome(int status, String output) {}

  /**
   * @param dir holds sockets, logs and Dockerfiles, and the context with {@code busybox} and {@code
   *     file}
   * @param root the daemon's state directory
   */
  private TestDistribution(Path dir, Path root, List<String> daemonArguments) {
    this.dir = dir;
    this.root = root;
    this.daemonArguments = List.copyOf(daemonArguments);
  }

  /** Skips the test where the distribution cannot run. */
  static void assumeUsable() throws IOException {
    Assumptions.assumeTrue("root".equals(System.getProperty("user.name")), "containers need root");
    Assumptions.assumeTrue(
        Files.isExecutable(BUSYBOX), "the base of the test images is " + BUSYBOX);
    Assumptions.assumeTrue(
        Files.isExecutable(Path.of("/usr/bin/crun"))
            || Files.isExecutable(Path.of("/usr/sbin/runc")),
        "no container runtime");
    Assumptions.assumeTrue(hasPlugin(), "the Dockerfile plugin is not packaged");
  }

  /** Starts a daemon whose state lies beside everything else. */
  static TestDistribution start(Path dir) throws Exception {
    return start(dir, dir.resolve("root"));
  }

  static TestDistribution start(Path dir, Path root, String... daemonArguments) throws Exception {
    makeContext(dir);
    TestDistribution started = new TestDistribution(dir, root, List.of(daemonArguments));
    started.startDaemon();
    return started;
  }

  /** A directory to build from, with busybox and a file. */
  static Path makeContext(Path dir) throws IOException {
    Path context = Files.createDirectory(dir.resolve("context"));
    Files.copy(BUSYBOX, context.resolve("busybox"));
    Files.writeString(context.resolve("file"), "content\n");
    return context;
  }

  private static boolean hasPlugin() throws IOException {
    Path plugins = HOME.resolve("plugins");
    if (!Files.isDirectory(plugins)) {
      return false;
    }
    try (Stream<Path> files = Files.list(plugins)) {
      return files.anyMatch(f -> f.toString().endsWith(".zip"));
    }
  }

  void startDaemon() throws Exception {
    List<String> line =
        new ArrayList<>(List.of("daemon", "--root", root.toString(), "--addr", address()));
    line.addAll(daemonArguments);
    daemon =
        command(line.toArray(new String[0]))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
            .start();
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (run("debug", "info", "--addr", address()).status() != 0) {
      assertThat(daemon.isAlive()).as(Files.readString(log())).isTrue();
      assertThat(System.nanoTime()).isLessThan(deadline);
    }
  }

  /** As a machine does that loses its power over one process. */
  void killDaemon() throws InterruptedException {
    daemon.destroyForcibly().waitFor();
  }

  boolean daemonLives() {
    return daemon.isAlive();
  }

  Path log() {
    return dir.resolve("daemon.log");
  }

  Path context() {
    return dir.resolve("context");
  }

  /** Ends the daemon, which must leave no mount. */
  @Override
  public void close() throws Exception {
    daemon.destroy();
    assertThat(daemon.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    assertThat(mounts()).isEmpty();
  }

  String address() {
    return "unix://" + dir.resolve("d.sock");
  }

  static ProcessBuilder command(String... arguments) {
    return command(HOME, arguments);
  }

  /** A command of a distribution that may lie elsewhere. */
  static ProcessBuilder command(Path home, String... arguments) {
    List<String> line = new ArrayList<>();
    line.add(home.resolve("bin/gatehouse").toString());
    line.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(line);
    builder.environment().put("GATEHOUSE_JAVA_HOME", System.getProperty("java.home"));
    return builder;
  }

  static Outcome run(String... arguments) throws IOException, InterruptedException {
    return finish(command(arguments).redirectErrorStream(true).start());
  }

  static Outcome finish(Process process) throws IOException, InterruptedException {
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Outcome(process.waitFor(), output);
  }

  Process startBuild(String dockerfile, String... more) throws IOException {
    Path file = dir.resolve("Dockerfile-" + Integer.toHexString(dockerfile.hashCode()));
    Files.writeString(file, dockerfile);
    List<String> line =
        new ArrayList<>(
            List.of("build", "--addr", address(), "--progress", "plain", "-f", file.toString()));
    line.addAll(List.of(more));
    line.add(context().toString());
    return command(line.toArray(new String[0])).redirectErrorStream(true).start();
  }

  Outcome build(String dockerfile, String... more) throws IOException, InterruptedException {
    return finish(startBuild(dockerfile, more));
  }

  /** A Dockerfile whose steps run in busybox. */
  static String base(String rest) {
    return "FROM scratch\nCOPY busybox /bin/busybox\nSHELL [\"/bin/busybox\", \"sh\", \"-c\"]\n"
        + rest;
  }

  /** What this daemon has mounted below its state. */
  List<String> mounts() throws IOException {
    return Files.readAllLines(Path.of("/proc/mounts")).stream()
        .filter(l -> l.split(" ")[1].startsWith(root + "/"))
        .toList();
  }

  static boolean runs(String argument) {
    return ProcessHandle.allProcesses()
        .anyMatch(p -> p.info().commandLine().orElse("").contains(argument));
  }

  static void await(String what, BooleanSupplier condition) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as(what).isLessThan(deadline);
      Thread.sleep(50);
    }
  }
}
