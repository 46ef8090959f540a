package dev.gatehouse.solver.worker.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.llb.oci.Platform;
import dev.gatehouse.protocol.pb.CacheOpt;
import dev.gatehouse.protocol.pb.CacheSharingOpt;
import dev.gatehouse.protocol.pb.ExecOp;
import dev.gatehouse.protocol.pb.Input;
import dev.gatehouse.protocol.pb.Meta;
import dev.gatehouse.protocol.pb.Mount;
import dev.gatehouse.protocol.pb.MountType;
import dev.gatehouse.protocol.pb.NetMode;
import dev.gatehouse.protocol.pb.Op;
import dev.gatehouse.protocol.pb.ProxyEnv;
import dev.gatehouse.protocol.pb.SSHOpt;
import dev.gatehouse.protocol.pb.SecretEnv;
import dev.gatehouse.protocol.pb.SecretOpt;
import dev.gatehouse.solver.core.Digest;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.exec.ContainerProcess;
import dev.gatehouse.solver.exec.ContainerRuntime;
import dev.gatehouse.solver.exec.ContainerRuntimeOptions;
import dev.gatehouse.solver.exec.NetworkMode;
import dev.gatehouse.solver.exec.OutputSink;
import dev.gatehouse.solver.exec.SecurityMode;
import dev.gatehouse.solver.linux.Mounts;
import dev.gatehouse.solver.store.ActiveReference;
import dev.gatehouse.solver.store.ImmutableReference;
import dev.gatehouse.solver.store.LocalMount;
import dev.gatehouse.solver.store.ReferenceOptions;
import dev.gatehouse.solver.store.Store;
import dev.gatehouse.solver.store.StoreOptions;
import dev.gatehouse.solver.worker.BuildFacts;
import dev.gatehouse.solver.worker.FakeBuild;
import dev.gatehouse.solver.worker.SecretsClient;
import dev.gatehouse.solver.worker.TestMachine;
import dev.gatehouse.solver.worker.contenthash.ContentHashes;
import dev.gatehouse.solver.worker.op.LlbOperation;
import dev.gatehouse.solver.worker.op.OperationRequest;
import dev.gatehouse.solver.worker.op.WorkerResult;
import dev.gatehouse.solver.worker.session.SessionCallException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Exec operations over a real store and real containers, with a busybox root. */
@Timeout(180)
class ExecOperationIT {
  @TempDir Path directory;
  private Store store;
  private ContainerRuntime runtime;
  private ExecServices services;
  private ImmutableReference image;
  private FakeBuild context;

  @BeforeEach
  void open() throws Exception {
    TestMachine.needsContainers();
    store = Store.open(directory.resolve("store"), StoreOptions.defaults());
    runtime = ContainerRuntime.open(ContainerRuntimeOptions.of(directory.resolve("exec")));
    context = new FakeBuild(store, new Client());
    services = ExecServices.of(store.references(), runtime, new ContentHashes());
    image =
        tree(root -> {
          Path bin = Files.createDirectories(root.resolve("bin"));
          Files.copy(TestMachine.BUSYBOX, bin.resolve("busybox"));
          for (String applet :
              List.of("sh", "cat", "sleep", "ls", "stat", "touch", "nc", "mkdir", "seq")) {
            Files.createSymbolicLink(bin.resolve(applet), Path.of("busybox"));
          }
          Files.createDirectories(root.resolve("etc"));
        });
  }

  private interface Filler {
    void fill(Path root) throws IOException;
  }

  private ImmutableReference tree(Filler filler) throws Exception {
    try (ActiveReference active =
        store.references().create(Optional.empty(), ReferenceOptions.of("test"))) {
      try (LocalMount mount = active.localMount(false)) {
        filler.fill(mount.path());
      }
      return active.commit();
    }
  }

  @AfterEach
  void nothingIsLeft() throws Exception {
    if (store == null) {
      return;
    }
    context.close();
    image.close();
    runtime.close();
    store.close();
    assertThat(Mounts.below(directory)).isEmpty();
  }

  private static Meta.Builder meta(String script) {
    return Meta.newBuilder().addArgs("/bin/sh").addArgs("-c").addArgs(script).setCwd("/");
  }

  private static ExecOp.Builder shell(String script) {
    return ExecOp.newBuilder()
        .setMeta(meta(script))
        .addMounts(Mount.newBuilder().setDest("/").setInput(0).setOutput(0));
  }

  private LlbOperation operation(ExecOp.Builder exec, int inputs) throws Exception {
    Op.Builder op = Op.newBuilder().setExec(exec);
    for (int i = 0; i < inputs; i++) {
      op.addInputs(Input.newBuilder().setDigest("sha256:" + "0".repeat(64)));
    }
    return ExecOperation.factory(services)
        .create(
            new OperationRequest(
                Digest.sha256("v"),
                op.build().toByteArray(),
                new byte[0],
                Platform.host(),
                Map.of()));
  }

  private List<WorkerResult> run(ExecOp.Builder exec, ImmutableReference... more) throws Exception {
    List<WorkerResult> inputs = new ArrayList<>();
    inputs.add(WorkerResult.of(image));
    for (ImmutableReference reference : more) {
      inputs.add(WorkerResult.of(reference));
    }
    LlbOperation operation = operation(exec, inputs.size());
    operation.cacheMap(context);
    return operation.execute(inputs, context);
  }

  private static String read(WorkerResult result, String file) throws Exception {
    try (LocalMount mount = result.reference().orElseThrow().localMount(true)) {
      return Files.readString(mount.path().resolve(file));
    }
  }

  @Test
  void whatAProcessWroteIsCommitted() throws Exception {
    List<WorkerResult> results = run(shell("echo hello > /made; echo out; echo err >&2"));
    assertThat(results).hasSize(1);
    assertThat(read(results.getFirst(), "made")).isEqualTo("hello\n");
    try (LocalMount mount = results.getFirst().reference().orElseThrow().localMount(true)) {
      assertThat(mount.path().resolve("etc/hosts")).doesNotExist();
    }
    assertThat(context.lines()).contains("1:out", "2:err");
    results.forEach(WorkerResult::close);
  }

  @Test
  void aFailureSaysWhatBuildKitSays() throws Exception {
    assertThatThrownBy(() -> run(shell("echo \"bad\"; touch /left; exit 3")))
        .isInstanceOfSatisfying(
            ExecException.class,
            e -> {
              assertThat(e.exitCode()).isEqualTo(3);
              assertThat(e.mounts()).hasSize(1);
              assertThat(e.mounts().getFirst()).isPresent();
            })
        .hasMessage(
            "process \"/bin/sh -c echo \\\"bad\\\"; touch /left; exit 3\" did not complete"
                + " successfully: exit code: 3");
    assertThat(context.lines()).contains("1:bad");
    ExecOp.Builder missing = shell("").setMeta(Meta.newBuilder().addArgs("/nothing").setCwd("/"));
    assertThatThrownBy(() -> run(missing))
        .isInstanceOf(ExecException.class)
        .hasMessageStartingWith("process \"/nothing\" did not complete successfully: ")
        .hasMessageContaining("no such file or directory");
  }

  @Test
  void theEndOfALongLogIsShownWhenAStepFails() throws Exception {
    assertThatThrownBy(() -> run(shell("seq 1 600000; exit 1")))
        .hasMessageEndingWith("exit code: 1");
    List<String> log = context.lines();
    assertThat(log).contains("1:[output clipped, log limit 200KiB/s reached]").endsWith("1:600000");
    assertThat(log.size()).isLessThan(400_000);
  }

  @Test
  void otherExitCodesMayBeValid() throws Exception {
    run(shell("").setMeta(meta("exit 9").addValidExitCodes(9))).forEach(WorkerResult::close);
    assertThatThrownBy(() -> run(shell("").setMeta(meta("exit 0").addValidExitCodes(9))))
        .hasMessageEndingWith("exit code: 0");
  }

  @Test
  void inputsAreMountedAndOutputsOrdered() throws Exception {
    ImmutableReference source =
        tree(root -> {
          Files.createDirectories(root.resolve("sub"));
          Files.writeString(root.resolve("sub/file"), "source");
        });
    ExecOp.Builder exec =
        shell("cat /src/file > /copied; echo new > /out/x; cat /out/sub/file; touch /src/no")
            .addMounts(
                Mount.newBuilder()
                    .setDest("/src")
                    .setInput(1)
                    .setOutput(-1)
                    .setSelector("/sub")
                    .setReadonly(true))
            .addMounts(Mount.newBuilder().setDest("/out").setInput(1).setOutput(1))
            .addMounts(
                Mount.newBuilder()
                    .setDest("/tmp/t")
                    .setInput(-1)
                    .setOutput(-1)
                    .setMountType(MountType.TMPFS));
    exec.setMeta(exec.getMeta().toBuilder().addValidExitCodes(1));
    List<WorkerResult> results = run(exec, source);
    assertThat(results).hasSize(2);
    assertThat(read(results.get(0), "copied")).isEqualTo("source");
    assertThat(read(results.get(1), "x")).isEqualTo("new\n");
    assertThat(context.lines()).contains("1:source").anyMatch(l -> l.contains("Read-only"));
    results.forEach(WorkerResult::close);
    source.close();
  }

  private static ExecOp.Builder cached(String script, CacheSharingOpt sharing) {
    return shell(script).addMounts(cache("/cache", "id", sharing));
  }

  private static Mount.Builder cache(String destination, String id, CacheSharingOpt sharing) {
    return Mount.newBuilder()
        .setDest(destination)
        .setInput(-1)
        .setOutput(-1)
        .setMountType(MountType.CACHE)
        .setCacheOpt(CacheOpt.newBuilder().setID(id).setSharing(sharing));
  }

  @Test
  void cacheMountsOutliveAStep() throws Exception {
    run(cached("echo kept > /cache/f", CacheSharingOpt.SHARED)).forEach(WorkerResult::close);
    run(cached("cat /cache/f", CacheSharingOpt.LOCKED)).forEach(WorkerResult::close);
    assertThat(context.lines()).contains("1:kept");
  }

  /** Two steps that wait for each other, and tell what each saw in its cache by then. */
  private List<String> seenAtOnce(CacheSharingOpt sharing) throws Exception {
    List<Future<String>> all = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 2; i++) {
        ExecOp.Builder exec =
            cached(
                    "touch /cache/%1$s%2$d /meet/%1$s%2$d; while ! [ -e /meet/%1$s%3$d ]; do sleep 0.05; done; ls /cache > /seen"
                        .formatted(sharing, i, 1 - i),
                    sharing)
                .addMounts(cache("/meet", "meet", CacheSharingOpt.SHARED));
        all.add(
            threads.submit(() -> {
              List<WorkerResult> results = run(exec);
              String seen = read(results.getFirst(), "seen");
              results.forEach(WorkerResult::close);
              return seen;
            }));
      }
      return List.of(all.get(0).get(), all.get(1).get());
    }
  }

  @Test
  void aSharedCacheIsOneForStepsAtOnce() throws Exception {
    assertThat(seenAtOnce(CacheSharingOpt.SHARED)).containsOnly("SHARED0\nSHARED1\n");
  }

  @Test
  void aPrivateCacheIsItsOwnForEachStepAtOnce() throws Exception {
    assertThat(seenAtOnce(CacheSharingOpt.PRIVATE)).containsExactly("PRIVATE0\n", "PRIVATE1\n");
  }

  @Test
  void aLockedCacheHasOneStepAtATime() throws Exception {
    List<Future<?>> all = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 3; i++) {
        ExecOp.Builder exec =
            cached(
                "echo begin >> /cache/log; sleep 0.2; echo end >> /cache/log",
                CacheSharingOpt.LOCKED);
        all.add(
            threads.submit(() -> {
              run(exec).forEach(WorkerResult::close);
              return true;
            }));
      }
      for (Future<?> each : all) {
        each.get();
      }
    }
    List<WorkerResult> results = run(cached("cp /cache/log /seen", CacheSharingOpt.LOCKED));
    assertThat(read(results.getFirst(), "seen")).isEqualTo("begin\nend\n".repeat(3));
    results.forEach(WorkerResult::close);
  }

  @Test
  void secretsAreFilesAndVariablesAndNothingElse() throws Exception {
    ExecOp.Builder exec =
        shell(
                "cat /run/secrets/s; stat -c '%a %u %g' /run/secrets/s; echo; echo $TOKEN; echo"
                    + " [$NONE]")
            .addMounts(
                Mount.newBuilder()
                    .setDest("/run/secrets/s")
                    .setInput(-1)
                    .setOutput(-1)
                    .setMountType(MountType.SECRET)
                    .setSecretOpt(
                        SecretOpt.newBuilder().setID("one").setUid(3).setGid(4).setMode(0400)))
            .addMounts(
                Mount.newBuilder()
                    .setDest("/run/secrets/none")
                    .setInput(-1)
                    .setOutput(-1)
                    .setMountType(MountType.SECRET)
                    .setSecretOpt(SecretOpt.newBuilder().setID("none").setOptional(true)))
            .addSecretenv(SecretEnv.newBuilder().setID("one").setName("TOKEN"))
            .addSecretenv(SecretEnv.newBuilder().setID("none").setName("NONE").setOptional(true));
    List<WorkerResult> results = run(exec);
    assertThat(String.join("\n", context.lines())).contains("value of one", "400 3 4", "[]");
    try (LocalMount mount = results.getFirst().reference().orElseThrow().localMount(true)) {
      assertThat(mount.path().resolve("run/secrets/s")).doesNotExist();
    }
    results.forEach(WorkerResult::close);
    assertThatThrownBy(() ->
            run(shell("true").addSecretenv(SecretEnv.newBuilder().setID("none").setName("X"))))
        .hasMessage("secret none: not found");
  }

  @Test
  void agentsAreMountedAsSockets() throws Exception {
    ExecOp.Builder exec =
        shell("stat -c '%F %a %u' /agent")
            .addMounts(
                Mount.newBuilder()
                    .setDest("/agent")
                    .setInput(-1)
                    .setOutput(-1)
                    .setMountType(MountType.SSH)
                    .setSSHOpt(SSHOpt.newBuilder().setID("default").setUid(7).setMode(0600)));
    run(exec).forEach(WorkerResult::close);
    assertThat(context.lines()).contains("1:socket 600 7");
    exec.setMounts(1, exec.getMounts(1).toBuilder().setSSHOpt(SSHOpt.newBuilder().setID("other")));
    assertThatThrownBy(() -> run(exec))
        .hasMessage("no SSH key \"other\" forwarded from the client");
  }

  @Test
  void rightsMustBeGranted() throws Exception {
    assertThatThrownBy(() -> run(shell("true").setNetwork(NetMode.HOST)))
        .isInstanceOf(SolveException.class)
        .hasMessage("network.host is not allowed");
    context.facts = new BuildFacts("", Set.of("network.host"), List.of(), false, -1);
    run(shell("true").setNetwork(NetMode.HOST)).forEach(WorkerResult::close);
    assertThatThrownBy(
            () -> run(shell("true").setSecurity(dev.gatehouse.protocol.pb.SecurityMode.INSECURE)))
        .hasMessage("security.insecure is not allowed");
  }

  @Test
  void proxiesReachTheProcess() throws Exception {
    ExecOp.Builder exec = shell("");
    exec.setMeta(
        meta("echo $http_proxy $HTTP_PROXY $PATH")
            .setProxyEnv(ProxyEnv.newBuilder().setHttpProxy("http://p")));
    run(exec).forEach(WorkerResult::close);
    assertThat(context.lines())
        .contains(
            "1:http://p http://p /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  }

  @Test
  void cancellingLeavesNothing() throws Exception {
    CountDownLatch done = new CountDownLatch(1);
    List<Throwable> thrown = new ArrayList<>();
    Thread thread =
        Thread.ofVirtual()
            .start(() -> {
              try {
                run(shell("echo up; sleep 50"));
              } catch (Throwable e) {
                thrown.add(e);
              } finally {
                done.countDown();
              }
            });
    context.awaitLine("1:up");
    thread.interrupt();
    done.await();
    assertThat(thrown).hasSize(1).first().isInstanceOf(InterruptedException.class);
  }

  @Test
  void aGatewayContainerRunsSeveralProcesses() throws Exception {
    GatewayContainer.Request request =
        new GatewayContainer.Request(
            "gw-test",
            List.of(
                new GatewayContainer.MountRequest(
                    Mount.newBuilder().setDest("/").setOutput(0).build().toByteArray(),
                    Optional.of(image))),
            NetworkMode.NONE,
            "",
            List.of());
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GatewayContainer container =
        GatewayContainer.open(services, request, context.sessions())) {
      ContainerProcess first = container.start(process("touch /made; sleep 30", out::write));
      ContainerProcess second =
          container.start(process("ls /made; echo $TOKEN; exit 5", out::write));
      assertThat(second.await().code()).isEqualTo(5);
      assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("/made\nvalue of one\n");
      assertThat(container.root(0).findStat("/bin/busybox")).isPresent();
      first.signal(9);
      assertThat(GatewayContainer.failure(first.await())).contains("exit code: 137");
    }
  }

  private static GatewayContainer.ProcessRequest process(String script, OutputSink out) {
    return new GatewayContainer.ProcessRequest(
        List.of("/bin/sh", "-c", script),
        List.of(),
        List.of(new GatewayContainer.SecretVariable("one", "TOKEN", false)),
        "",
        "",
        false,
        SecurityMode.SANDBOX,
        false,
        Optional.empty(),
        out,
        out);
  }

  /** A client that has the secret {@code one} and an agent that answers pings. */
  private static final class Client extends SecretsClient {
    private Client() {
      super("/");
      secrets.put("one", "value of one");
    }

    @Override
    public byte[] call(String method, byte[] request) throws IOException {
      if (method.endsWith("/GetSecret")) {
        return super.call(method, request);
      }
      if (new String(request, StandardCharsets.UTF_8).contains("default")) {
        return new byte[0];
      }
      throw new SessionCallException(SessionCallException.Status.UNIMPLEMENTED, "no agent");
    }
  }
}
