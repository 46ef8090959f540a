package dev.gatehouse.solver.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.llb.CacheSharing;
import dev.gatehouse.llb.Constraints;
import dev.gatehouse.llb.CopyOptions;
import dev.gatehouse.llb.FileAction;
import dev.gatehouse.llb.FileOptions;
import dev.gatehouse.llb.MarshalOptions;
import dev.gatehouse.llb.Mount;
import dev.gatehouse.llb.OciLayoutSource;
import dev.gatehouse.llb.State;
import dev.gatehouse.solver.core.ProgressEvent;
import dev.gatehouse.solver.core.SolveException;
import dev.gatehouse.solver.store.GcPolicy;
import dev.gatehouse.solver.store.LocalMount;
import dev.gatehouse.solver.store.UsageRecord;
import dev.gatehouse.solver.worker.exec.ExecException;
import dev.gatehouse.solver.worker.op.WorkerResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Definitions solved on a real store with real containers; images come from a client's layout. */
@Timeout(240)
class WorkerIT {
  @TempDir Path directory;
  private final LayoutSession layout = new LayoutSession();
  private final BuildEvents events = new BuildEvents();
  private Worker worker;
  private String image;

  @BeforeEach
  void open() throws Exception {
    TestMachine.needsContainers();
    image = layout.image("base", TestImages.busybox(), TestImages.file("etc/motd", "hello\n"));
    worker = Worker.open(WorkerConfig.of(directory.resolve("worker")));
  }

  @AfterEach
  void close() {
    if (worker != null) {
      assertThat(worker.solver().activeVertices()).isZero();
      worker.close();
      assertThat(Path.of("/proc/self/mountinfo")).content().doesNotContain(directory.toString());
    }
  }

  private void restart() throws IOException {
    worker.close();
    worker = Worker.open(WorkerConfig.of(directory.resolve("worker")));
  }

  private State base() {
    return OciLayoutSource.of(image).store("", "store").state().env("PATH", "/bin");
  }

  private static State run(State root, String command) {
    return root.run().args(List.of("/bin/sh", "-c", command)).build().root();
  }

  private static byte[] definition(State state) {
    return state.marshal(MarshalOptions.defaults()).toBytes();
  }

  private Build build() throws SolveException {
    events.clear();
    return worker.build(new BuildRequest(BuildFacts.NONE, () -> List.of(layout), events));
  }

  private String solve(State state, String file) throws Exception {
    try (Build build = build()) {
      return read(build.solve(definition(state)).evaluate(), file);
    }
  }

  private static String read(WorkerResult result, String file) throws Exception {
    try (LocalMount mount = result.reference().orElseThrow().localMount(true)) {
      return Files.readString(mount.path().resolve(file));
    }
  }

  /** How many vertices completed by running something, that is neither cached nor just resolved. */
  private long executed() {
    return events.list().stream()
        .filter(event ->
            event instanceof ProgressEvent.VertexLog || event instanceof ProgressEvent.VertexStatus)
        .map(ProgressEvent::vertex)
        .distinct()
        .count();
  }

  @Test
  void anImageWithACommandUponIt() throws Exception {
    State built = run(base(), "cat /etc/motd; cat /etc/motd > /tmp/copy");
    assertThat(solve(built, "tmp/copy")).isEqualTo("hello\n");
    assertThat(events.logs()).isEqualTo("hello\n");
    assertThat(layout.layersRead()).isEqualTo(2);
  }

  @Test
  void aRepeatRunsNothingAlsoAfterARestart() throws Exception {
    State built = run(run(base(), "date +%N > /tmp/a"), "echo again >> /tmp/a");
    String first = solve(built, "tmp/a");
    layout.layersRead();
    assertThat(solve(built, "tmp/a")).isEqualTo(first);
    assertThat(executed()).isZero();
    restart();
    assertThat(solve(built, "tmp/a")).isEqualTo(first);
    assertThat(executed()).isZero();
    assertThat(layout.layersRead()).isZero();
  }

  @Test
  void aChangeRunsOnlyWhatDependsOnIt() throws Exception {
    State first = run(base(), "echo one; echo one > /tmp/a");
    solve(run(first, "echo two; cat /tmp/a > /tmp/b"), "tmp/b");
    assertThat(events.logs()).contains("one\n").contains("two\n");
    solve(run(first, "echo three; cat /tmp/a > /tmp/b"), "tmp/b");
    assertThat(events.logs()).isEqualTo("three\n");
  }

  @Test
  void equalContentOfAReadOnlyMountIsNoChange() throws Exception {
    String one =
        layout.image("data1", TestImages.file("data/x", "same"), TestImages.file("elsewhere", "1"));
    String two =
        layout.image("data2", TestImages.file("data/x", "same"), TestImages.file("elsewhere", "2"));
    assertThat(solve(using(one), "tmp/out")).isEqualTo("same");
    assertThat(events.logs()).isEqualTo("ran\n");
    assertThat(solve(using(two), "tmp/out")).isEqualTo("same");
    assertThat(events.logs()).isEmpty();
  }

  private State using(String data) {
    State source = OciLayoutSource.of(data).store("", "store").state();
    return base()
        .run()
        .args(List.of("/bin/sh", "-c", "echo ran; cat /in/x > /tmp/out"))
        .mount(Mount.bind("/in", source).from("/data").asReadOnly())
        .build()
        .root();
  }

  @Test
  void aFailingCommandNamesItsVertexAndExitCode() throws Exception {
    State failing = run(base(), "echo oops >&2; exit 7");
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> solve(failing, "tmp/a"))
          .isInstanceOfSatisfying(
              ExecException.class,
              e -> {
                assertThat(e.exitCode()).isEqualTo(7);
                assertThat(e.vertex()).isPresent();
              })
          .hasMessageContaining("exit code: 7");
      assertThat(events.logs()).isEqualTo("oops\n");
    }
    // What it wrote takes no space once nobody can look into it: the layers of the image stay.
    assertThat(worker.diskUsage(List.of())).hasSize(2);
  }

  /** Each waits for all: one after the other, none would ever end. */
  @Test
  void sixteenStepsRunAtOnce() throws Exception {
    State base = base();
    List<State> stages = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      stages.add(
          base.run()
              .args(
                  List.of(
                      "/bin/sh",
                      "-c",
                      "touch /meet/"
                          + i
                          + "; while [ $(ls /meet | wc -l) -lt 16 ]; do sleep 0.2; done; echo "
                          + i
                          + " > /tmp/"
                          + i))
              .mount(Mount.cache("/meet", State.scratch(), "meet", CacheSharing.SHARED))
              .build()
              .root());
    }
    var runBuilder = base.run().args(List.of("/bin/sh", "-c", "cat /in*/tmp/* > /tmp/all"));
    for (int i = 0; i < 16; i++) {
      runBuilder = runBuilder.mount(Mount.bind("/in" + i, stages.get(i)).asReadOnly());
    }
    String text = solve(runBuilder.build().root(), "tmp/all");
    assertThat(text.lines().count()).isEqualTo(16);
  }

  @Test
  void twoBuildsShareAStepAndCancellingOneLeavesTheOther() throws Exception {
    State shared = run(base(), "echo shared; sleep 5; date +%N > /tmp/a");
    BuildEvents others = new BuildEvents();
    Build one = build();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        Build two =
            worker.build(new BuildRequest(BuildFacts.NONE, () -> List.of(layout), others))) {
      Future<WorkerResult> first =
          threads.submit(() -> one.solve(definition(run(shared, "echo x"))).evaluate());
      while (!events.logs().contains("shared")) {
        Thread.sleep(10);
      }
      Future<WorkerResult> second = threads.submit(() -> two.solve(definition(shared)).evaluate());
      while (others.list().stream().noneMatch(ProgressEvent.VertexAdded.class::isInstance)) {
        Thread.sleep(10);
      }
      one.close();
      assertThatThrownBy(first::get).hasRootCauseMessage("context canceled");
      assertThat(read(second.get(), "tmp/a")).isNotEmpty();
    } finally {
      one.close();
    }
    assertThat(events.logs()).isEqualTo("shared\n");
  }

  @Test
  void cancellingEndsTheProcess() throws Exception {
    Build build = build();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<WorkerResult> result =
          threads.submit(
              () -> build.solve(definition(run(base(), "echo begun; sleep 3600"))).evaluate());
      while (!events.logs().contains("begun")) {
        Thread.sleep(10);
      }
      build.close();
      assertThatThrownBy(result::get).hasRootCauseMessage("context canceled");
    } finally {
      build.close();
    }
  }

  @Test
  void aCachedBuildPullsNothingAfterARestart() throws Exception {
    State built = run(base(), "cat /etc/motd > /tmp/a");
    assertThat(solve(built, "tmp/a")).isEqualTo("hello\n");
    restart();
    layout.layersRead();
    try (Build build = build()) {
      build.solve(definition(built)).evaluate();
    }
    assertThat(layout.layersRead()).isZero();
  }

  @Test
  void whatIsPrunedIsBuiltAgain() throws Exception {
    State built = run(base(), "echo ran; cat /etc/motd > /tmp/a");
    solve(built, "tmp/a");
    List<UsageRecord> removed = new ArrayList<>();
    worker.prune(List.of(new GcPolicy(true, List.of(), Duration.ZERO, 0, 0, 0)), removed::add);
    assertThat(removed).isNotEmpty();
    assertThat(solve(built, "tmp/a")).isEqualTo("hello\n");
    assertThat(events.logs()).isEqualTo("ran\n");
  }

  @Test
  void aStepThatIgnoresTheCacheFindsItsCacheMountEmpty() throws Exception {
    assertThat(solve(counting(""), "tmp/count")).isEqualTo("x\n");
    assertThat(solve(counting("true;"), "tmp/count")).isEqualTo("x\nx\n");
    State again = counting("true;true;");
    var definition = dev.gatehouse.protocol.pb.Definition.parseFrom(definition(again)).toBuilder();
    for (var op : definition.getDefList()) {
      definition.putMetadata(
          dev.gatehouse.solver.core.Digest.sha256(op.toByteArray()).toString(),
          dev.gatehouse.protocol.pb.OpMetadata.newBuilder().setIgnoreCache(true).build());
    }
    try (Build build = build()) {
      assertThat(read(build.solve(definition.build().toByteArray()).evaluate(), "tmp/count"))
          .isEqualTo("x\n");
    }
  }

  private State counting(String different) {
    return base()
        .run()
        .args(List.of("/bin/sh", "-c", different + "echo x >> /c/count; cat /c/count > /tmp/count"))
        .mount(Mount.cache("/c", State.scratch(), "counter", CacheSharing.SHARED))
        .build()
        .root();
  }

  @Test
  void aDefinitionInAFileIsSolvedToo() throws Exception {
    State inner = run(base(), "echo inner > /tmp/a");
    State file =
        State.scratch()
            .file(
                FileAction.mkfile("/def", 0644, definition(inner), FileOptions.NONE),
                Constraints.NONE);
    assertThat(solve(file.build("/def", Constraints.NONE), "tmp/a")).isEqualTo("inner\n");
    assertThat(solve(file.build("/def", Constraints.NONE), "tmp/a")).isEqualTo("inner\n");
  }

  @Test
  void mergesDifferencesAndCopies() throws Exception {
    State base = base();
    State one = run(base, "echo 1 > /tmp/one");
    State two = run(base, "echo 2 > /tmp/two");
    State merged =
        State.merge(
            List.of(
                base,
                State.diff(base, one, Constraints.NONE),
                State.diff(base, two, Constraints.NONE)),
            Constraints.NONE);
    assertThat(solve(run(merged, "cat /tmp/one /tmp/two > /tmp/both"), "tmp/both"))
        .isEqualTo("1\n2\n");
    State copied =
        State.scratch()
            .file(FileAction.copy(merged, "/tmp/two", "/here", CopyOptions.NONE), Constraints.NONE);
    assertThat(solve(copied, "here")).isEqualTo("2\n");
    assertThat(events.logs()).isEmpty();
  }

  @Test
  void deniedSourcesAreNotFetched() throws Exception {
    var policy =
        dev.gatehouse.protocol.sourcepolicy.Policy.newBuilder()
            .addRules(
                dev.gatehouse.protocol.sourcepolicy.Rule.newBuilder()
                    .setAction(dev.gatehouse.protocol.sourcepolicy.PolicyAction.DENY)
                    .setSelector(
                        dev.gatehouse.protocol.sourcepolicy.Selector.newBuilder()
                            .setIdentifier("oci-layout://*")))
            .build();
    try (Build build = build()) {
      assertThatThrownBy(() -> build.solve(definition(base()), List.of(policy.toByteArray())))
          .hasMessageContaining("denied by policy");
      assertThat(layout.layersRead()).isZero();
      assertThat(build.solve(definition(base())).evaluate().reference()).isPresent();
    }
  }

  @Test
  void scratchIsSolvedByNobody() throws Exception {
    try (Build build = build()) {
      assertThat(build.solve(new byte[0]).evaluate().reference()).isEmpty();
    }
    assertThat(events.list()).isEmpty();
  }

  @Test
  void sourcesAreRecordedWithWhatTheyResolvedTo() throws Exception {
    try (Build build = build()) {
      WorkerReference reference = build.solve(definition(run(base(), "true")));
      assertThat(reference.sources()).isEmpty();
      reference.evaluate();
      assertThat(reference.sources())
          .singleElement()
          .satisfies(source -> {
            assertThat(source.identifier()).isEqualTo("oci-layout://" + image);
            assertThat(image).endsWith(source.pin());
          });
    }
  }
}
