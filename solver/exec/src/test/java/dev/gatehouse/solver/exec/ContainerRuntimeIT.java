package dev.gatehouse.solver.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatehouse.solver.linux.Mounts;
import dev.gatehouse.solver.store.Mount;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Containers with a busybox root, by whichever of crun and runc works here. */
@Timeout(180)
class ContainerRuntimeIT {
  private static final Path BUSYBOX = Path.of("/bin/busybox");
  private static final List<String> ENV = List.of("PATH=/bin");

  @TempDir Path directory;
  private Path lower;
  private Path upper;
  private ContainerRuntime runtime;
  private final Sink out = new Sink();
  private final Sink err = new Sink();

  /** Keeps what it gets. */
  private static final class Sink implements OutputSink {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    @Override
    public synchronized void write(byte[] data, int offset, int length) {
      bytes.write(data, offset, length);
      notifyAll();
    }

    synchronized String text() {
      return bytes.toString(StandardCharsets.UTF_8);
    }

    synchronized void await(String text) throws InterruptedException {
      long end = System.nanoTime() + 60_000_000_000L;
      while (!text().contains(text)) {
        long left = (end - System.nanoTime()) / 1_000_000;
        assertThat(left).as("waiting for %s in %s", text, text()).isPositive();
        wait(left);
      }
    }
  }

  @BeforeEach
  void open() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    assumeTrue(Files.isExecutable(BUSYBOX), "needs busybox-static");
    assumeTrue(
        Binaries.find("crun").isPresent() || Binaries.find("runc").isPresent(),
        "needs crun or runc");
    lower = Files.createDirectories(directory.resolve("lower"));
    Path bin = Files.createDirectories(lower.resolve("bin"));
    Files.copy(BUSYBOX, bin.resolve("busybox"));
    for (String applet :
        List.of(
            "sh",
            "cat",
            "echo",
            "id",
            "sleep",
            "ls",
            "stat",
            "touch",
            "env",
            "ulimit",
            "kill",
            "trap",
            "hostname",
            "mkdir",
            "true",
            "stty",
            "grep",
            "readlink",
            "mount",
            "wc",
            "dd")) {
      Files.createSymbolicLink(bin.resolve(applet), Path.of("busybox"));
    }
    Path etc = Files.createDirectories(lower.resolve("etc"));
    Files.writeString(etc.resolve("passwd"), "root:x:0:0::/:/bin/sh\napp:x:1000:1001::/:/bin/sh\n");
    Files.writeString(etc.resolve("group"), "app:x:1001:\nextra:x:42:app\n");
    upper = Files.createDirectories(directory.resolve("upper"));
    Files.createDirectories(directory.resolve("work"));
    runtime = ContainerRuntime.open(options());
  }

  private ContainerRuntimeOptions options() {
    ContainerRuntimeOptions all = ContainerRuntimeOptions.of(directory.resolve("state"));
    return new ContainerRuntimeOptions(
        all.stateDirectory(),
        all.binary(),
        "gatehouse-it",
        NetworkMode.DEFAULT,
        all.dns(),
        Duration.ofMillis(300),
        OptionalInt.empty(),
        Optional.empty());
  }

  @AfterEach
  void nothingIsLeft() throws Exception {
    if (runtime == null) {
      return;
    }
    runtime.close();
    assertThat(Mounts.below(directory)).isEmpty();
    try (var left = Files.list(directory.resolve("state/containers"))) {
      assertThat(left).isEmpty();
    }
    List<Path> hierarchies = new ArrayList<>(List.of(Path.of("/sys/fs/cgroup")));
    try (var all = Files.list(hierarchies.getFirst())) {
      all.filter(Files::isDirectory).forEach(hierarchies::add);
    }
    for (Path hierarchy : hierarchies) {
      Path group = hierarchy.resolve("gatehouse-it/gatehouse");
      if (Files.exists(group)) {
        try (var left = Files.list(group)) {
          assertThat(left.filter(Files::isDirectory)).isEmpty();
        }
        Files.delete(group);
        Files.delete(group.getParent());
      }
    }
  }

  private List<Mount> overlay() {
    return List.of(
        new Mount(
            "overlay",
            "overlay",
            List.of(
                "lowerdir=" + lower, "upperdir=" + upper, "workdir=" + directory.resolve("work"))));
  }

  private ContainerSpec.Builder shell(String script) {
    return ContainerSpec.builder(
        overlay(), new ProcessSpec(List.of("/bin/sh", "-c", script), ENV, "/", "", false));
  }

  private ExitStatus run(ContainerSpec.Builder spec) throws Exception {
    return run(spec, ProcessIo.output(out, err));
  }

  private ExitStatus run(ContainerSpec.Builder spec, ProcessIo io) throws Exception {
    try (Container container = runtime.start(spec.build(), io)) {
      return container.process().await();
    }
  }

  @Test
  void runsAProcessAndKeepsWhatItWrote() throws Exception {
    ExitStatus status =
        run(shell("echo hello; echo problem >&2; touch /made; hostname; cat; exit 7"));
    assertThat(status).isEqualTo(new ExitStatus(7, false));
    assertThat(out.text()).isEqualTo("hello\nbuildkitsandbox\n");
    assertThat(err.text()).isEqualTo("problem\n");
    assertThat(upper.resolve("made")).exists();
    assertThat(upper.resolve("etc/hosts")).doesNotExist();
    assertThat(upper.resolve("etc/resolv.conf")).doesNotExist();
  }

  @Test
  void aProcessHasUserDirectoryAndNames() throws Exception {
    ProcessSpec process =
        new ProcessSpec(
            List.of("/bin/sh", "-c", "id; readlink /proc/self/cwd; cat /etc/hosts; ulimit -n; env"),
            List.of("PATH=/bin", "A=b c"),
            "/made/deep",
            "app",
            false);
    run(
        ContainerSpec.builder(overlay(), process)
            .hostname("box")
            .extraHost(new ExtraHost("db", "192.0.2.1"))
            .ulimit(new Ulimit("nofile", 100, 200)));
    assertThat(err.text()).isEmpty();
    assertThat(out.text())
        .contains("uid=1000(app) gid=1001(app) groups=42(extra),1001(app)")
        .contains("/made/deep\n", "192.0.2.1\tdb\n", "localhost box\n", "\n100\n", "A=b c\n");
    assertThat(Files.getAttribute(upper.resolve("made/deep"), "unix:uid")).isEqualTo(1000);
  }

  @Test
  void mountsAreMadeAndTheirStubsRemoved() throws Exception {
    Path data = Files.createDirectories(directory.resolve("data/sub"));
    Files.writeString(data.resolve("file"), "content");
    Files.createSymbolicLink(directory.resolve("data/out"), Path.of("/../../etc"));
    String script =
        "cat /ro/sub/file /sel /secret/s; echo x > /rw/new; echo x > /ro/no; stat -c '%a %u'"
            + " /secret/s; mount | grep -c 'on /tmp/t type tmpfs'; echo > /tmp/t/x; ls /etc2";
    ExitStatus status =
        run(
            shell(script)
                .mount(ContainerMount.bind(directory + "/data", "/ro", true))
                .mount(ContainerMount.bind(directory + "/data", "/rw", false))
                .mount(
                    new ContainerMount(
                        "/sel", List.of(Mount.bind(directory + "/data", true)), "sub/file", true))
                .mount(ContainerMount.tmpfs("/tmp/t", 1 << 20))
                .file(
                    new ContainerFile(
                        "/secret/s", "shh".getBytes(StandardCharsets.UTF_8), 5, 6, 0440))
                .removeStubParents(true));
    assertThat(out.text()).isEqualTo("contentcontentshh440 5\n1\n");
    assertThat(err.text()).contains("/ro/no: Read-only file system", "/etc2");
    assertThat(status.code()).isEqualTo(1);
    assertThat(directory.resolve("data/new")).exists();
    assertThat(upper.resolve("ro")).doesNotExist();
    assertThat(upper.resolve("sel")).doesNotExist();
    assertThat(upper.resolve("secret")).doesNotExist();
    assertThat(upper.resolve("tmp")).doesNotExist();
  }

  @Test
  void aSelectorCannotLeaveItsMount() throws Exception {
    Path data = Files.createDirectories(directory.resolve("data"));
    Files.createSymbolicLink(data.resolve("out"), Path.of("/etc"));
    ContainerSpec spec =
        shell("true")
            .mount(
                new ContainerMount("/x", List.of(Mount.bind(data.toString(), true)), "out", true))
            .build();
    assertThatThrownBy(() -> runtime.start(spec, ProcessIo.output(out, err)))
        .isInstanceOf(ContainerException.class)
        .hasMessage("lstat out: no such file or directory");
  }

  @Test
  void theRootCanBeReadonlyAndTheNetworkEmpty() throws Exception {
    run(
        shell("touch /no; cat /proc/net/dev | wc -l; ls /sys/class/net")
            .readonlyRoot(true)
            .network(NetworkMode.NONE));
    assertThat(err.text()).contains("Read-only file system");
    assertThat(out.text()).contains("3\n").contains("lo");
  }

  @Test
  void securityDecidesCapabilities() throws Exception {
    run(shell("grep CapEff /proc/self/status; grep Seccomp: /proc/self/status"));
    assertThat(out.text()).contains("00000000a80425fb").contains("Seccomp:\t2");
    Sink insecure = new Sink();
    run(
        shell("grep CapEff /proc/self/status; grep Seccomp: /proc/self/status; ls /dev/fuse")
            .security(SecurityMode.INSECURE),
        ProcessIo.output(insecure, err));
    assertThat(insecure.text())
        .doesNotContain("a80425fb")
        .contains("Seccomp:\t0")
        .contains("/dev/fuse");
  }

  @Test
  void whatCannotBeStartedSaysWhy() throws Exception {
    ContainerSpec missing =
        ContainerSpec.builder(overlay(), new ProcessSpec(List.of("/bin/none"), ENV, "/", "", false))
            .build();
    try (Container container = runtime.start(missing, ProcessIo.output(out, err))) {
      assertThatThrownBy(() -> container.process().await())
          .isInstanceOfSatisfying(
              ContainerException.class,
              e -> assertThat(e.kind()).isEqualTo(ContainerException.Kind.SPECIFICATION))
          .hasMessageContaining("/bin/none");
    }
    ContainerSpec device = shell("true").device("vendor.com/gpu=0").build();
    assertThatThrownBy(() -> runtime.start(device, ProcessIo.output(out, err)))
        .hasMessage("CDI devices are not supported: vendor.com/gpu=0");
  }

  @Test
  void memoryIsLimitedAndItsWantNoted() throws Exception {
    Path controllers = Path.of("/sys/fs/cgroup/cgroup.controllers");
    assumeTrue(
        Files.isWritable(Path.of("/sys/fs/cgroup/memory"))
            || (Files.exists(controllers) && Files.readString(controllers).contains("memory")),
        "needs control groups for memory");
    ExitStatus status =
        run(
            shell("exec dd if=/dev/zero of=/dev/null bs=200M count=1")
                .resources(new LinuxResources(16 << 20, 16 << 20, 0, 0, 0, "", "")));
    assertThat(status.outOfMemory()).isTrue();
    assertThat(status.code()).isEqualTo(137);
  }

  @Test
  void stdinReachesTheProcess() throws Exception {
    ExitStatus status =
        run(
            shell("cat; echo end"),
            new ProcessIo(
                Optional.of(new ByteArrayInputStream("typed\n".getBytes(StandardCharsets.UTF_8))),
                out,
                err));
    assertThat(status.isSuccess()).isTrue();
    assertThat(out.text()).isEqualTo("typed\nend\n");
  }

  @Test
  void furtherProcessesShareTheContainer() throws Exception {
    try (Container container =
        runtime.start(
            shell("echo up; trap 'echo got; exit 3' USR1; while :; do sleep 0.05; done").build(),
            ProcessIo.output(out, err))) {
      Sink second = new Sink();
      ContainerProcess process =
          container.exec(
              new ProcessSpec(
                  List.of("/bin/sh", "-c", "id -u; ls -d /proc/1; exit 4"),
                  List.of(),
                  "/",
                  "app",
                  false),
              ProcessIo.output(second, second));
      assertThat(process.await().code()).isEqualTo(4);
      assertThat(second.text()).isEqualTo("1000\n/proc/1\n");
      out.await("up");
      container.process().signal(10);
      assertThat(container.process().await().code()).isEqualTo(3);
      assertThat(out.text()).contains("got");
      assertThatThrownBy(() ->
              container.exec(
                  new ProcessSpec(List.of("/bin/true"), ENV, "/", "", false),
                  ProcessIo.output(second, second)))
          .isInstanceOf(ContainerException.class)
          .hasMessageContaining("has stopped");
    }
  }

  @Test
  void aTerminalHasASizeAndEchoes() throws Exception {
    PipedOutputStream keyboard = new PipedOutputStream();
    ProcessSpec process =
        new ProcessSpec(
            List.of("/bin/sh", "-c", "echo ready; read a; stty size; echo got $a; read b"),
            ENV,
            "/",
            "",
            true);
    try (Container container =
        runtime.start(
            ContainerSpec.builder(overlay(), process).build(),
            new ProcessIo(Optional.of(new PipedInputStream(keyboard)), out, err))) {
      out.await("ready");
      container.process().resize(33, 99);
      keyboard.write("word\n".getBytes(StandardCharsets.UTF_8));
      keyboard.flush();
      out.await("got word");
      assertThat(out.text()).contains("33 99");
      keyboard.write('\n');
      keyboard.flush();
      assertThat(container.process().await().code()).isZero();
    }
  }

  @Test
  void environmentsAreForNobodyElsesEyes() throws Exception {
    try (Container container =
            runtime.start(shell("echo up; sleep 1000").build(), ProcessIo.output(out, err));
        var files = Files.walk(directory.resolve("state/containers"), 2)) {
      out.await("up");
      assertThat(files.filter(f -> f.endsWith("config.json")))
          .isNotEmpty()
          .allSatisfy(file ->
              assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                  .isEqualTo("rw-------"));
    }
  }

  @Test
  void closingEndsWhatRuns() throws Exception {
    Container container =
        runtime.start(shell("echo up; sleep 1000").build(), ProcessIo.output(out, err));
    out.await("up");
    Thread waiter =
        Thread.ofVirtual()
            .start(() -> {
              try {
                container.process().await();
              } catch (IOException | InterruptedException e) {
                err.write(new byte[] {'!'}, 0, 1);
              }
            });
    container.close();
    waiter.join();
    assertThat(err.text()).isEmpty();
  }

  @Test
  void anInterruptedWaitLeavesNothingBehind() throws Exception {
    List<Throwable> seen = new ArrayList<>();
    Thread thread =
        Thread.ofVirtual()
            .start(() -> {
              try {
                run(shell("echo up; sleep 1000"));
              } catch (Throwable e) {
                seen.add(e);
              }
            });
    out.await("up");
    thread.interrupt();
    thread.join();
    assertThat(seen).hasOnlyElementsOfType(InterruptedException.class).hasSize(1);
  }

  @Test
  void whatAKilledDaemonLeftIsRemovedAtTheNextStart() throws Exception {
    Container container =
        runtime.start(shell("echo up; sleep 1000").build(), ProcessIo.output(out, err));
    out.await("up");
    assertThat(Mounts.below(directory)).isNotEmpty();
    ContainerRuntime next = ContainerRuntime.open(options());
    assertThat(Mounts.below(directory)).isEmpty();
    try (var left = Files.list(directory.resolve("state/containers"))) {
      assertThat(left).isEmpty();
    }
    container.close();
    next.close();
  }

  @Test
  void manyContainersRunAtOnce() throws Exception {
    List<Container> all = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      Path own = Files.createDirectories(directory.resolve("own-" + i + "/upper"));
      Path scratch = Files.createDirectories(own.resolveSibling("work"));
      List<String> layers = List.of("lowerdir=" + lower, "upperdir=" + own, "workdir=" + scratch);
      all.add(
          runtime.start(
              ContainerSpec.builder(
                      List.of(new Mount("overlay", "overlay", layers)),
                      new ProcessSpec(List.of("/bin/sleep", "0.5"), ENV, "/", "", false))
                  .build(),
              ProcessIo.output(out, err)));
    }
    for (Container container : all) {
      assertThat(container.process().await().isSuccess()).isTrue();
      container.close();
    }
  }
}
