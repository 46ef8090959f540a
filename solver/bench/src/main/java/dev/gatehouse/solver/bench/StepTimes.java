package dev.gatehouse.solver.bench;

import com.sun.management.OperatingSystemMXBean;
import dev.gatehouse.llb.Constraints;
import dev.gatehouse.llb.FileAction;
import dev.gatehouse.llb.FileOptions;
import dev.gatehouse.llb.MarshalOptions;
import dev.gatehouse.llb.State;
import dev.gatehouse.solver.worker.Build;
import dev.gatehouse.solver.worker.BuildFacts;
import dev.gatehouse.solver.worker.BuildRequest;
import dev.gatehouse.solver.worker.Worker;
import dev.gatehouse.solver.worker.WorkerConfig;
import dev.gatehouse.solver.worker.session.SessionGroup;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * How long steps of a build take, and how much processor time of this process. Figures depend on
 * the machine and its load: read them as ratios. Needs what {@link StepCosts} needs but strace.
 *
 * <pre>{@code
 * java -cp solver/bench/target/gatehouse-bench-0.1.0-SNAPSHOT.jar dev.gatehouse.solver.bench.StepTimes
 * }</pre>
 */
public final class StepTimes {
  private static final Path BUSYBOX = Path.of("/bin/busybox");
  private static final int FILES = 1000;
  private static final int RUNS = 20;
  private static final int SLEEPERS = 16;

  private final Worker worker;
  private final OperatingSystemMXBean system =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  private StepTimes(Worker worker) {
    this.worker = worker;
  }

  public static void main(String[] args) throws Exception {
    Path directory = Files.createTempDirectory("gatehouse-bench-");
    try (Worker worker = Worker.open(WorkerConfig.of(directory))) {
      new StepTimes(worker).measure();
    } finally {
      Process remove = new ProcessBuilder("rm", "-rf", directory.toString()).start();
      remove.waitFor();
    }
  }

  private void measure() throws Exception {
    State base =
        State.scratch()
            .file(FileAction.mkdir("/bin", 0755, true, FileOptions.NONE), Constraints.NONE)
            .file(
                FileAction.mkfile(
                    "/bin/busybox", 0755, Files.readAllBytes(BUSYBOX), FileOptions.NONE),
                Constraints.NONE);
    time("first step, with the choice of a runtime", 1, () -> solve(run(base, "true")));
    State files = base;
    for (int i = 0; i < FILES; i++) {
      byte[] content = ("file " + i).getBytes(StandardCharsets.UTF_8);
      files =
          files.file(
              FileAction.mkfile("/file-" + i, 0644, content, FileOptions.NONE), Constraints.NONE);
    }
    byte[] chain = definition(files);
    time("file operations, one upon the other", FILES, () -> solve(chain));
    time("the same, cached", FILES, () -> solve(chain));
    State runs = base;
    for (int i = 0; i < RUNS; i++) {
      runs = run(runs, "echo " + i + " > /made-" + i);
    }
    byte[] steps = definition(runs);
    time("processes, one upon the other", RUNS, () -> solve(steps));
    time("the same, cached", RUNS, () -> solve(steps));
    time("processes that sleep 0.5 s, side by side", SLEEPERS, () -> sleepers(base));
  }

  private void sleepers(State base) throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        Build build = build()) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < SLEEPERS; i++) {
        byte[] one = definition(run(base, "sleep 0.5; echo " + i));
        all.add(threads.submit(() -> build.solve(one).evaluate()));
      }
      for (Future<?> each : all) {
        each.get();
      }
    }
  }

  private interface Work {
    void run() throws Exception;
  }

  private void time(String what, int steps, Work work) throws Exception {
    long cpu = system.getProcessCpuTime();
    long start = System.nanoTime();
    work.run();
    double seconds = (System.nanoTime() - start) / 1e9;
    double processor = (system.getProcessCpuTime() - cpu) / 1e9;
    System.out.printf(
        Locale.ROOT,
        "%-44s %5d  %8.3f s  %8.3f ms a step  %8.3f ms processor a step%n",
        what,
        steps,
        seconds,
        seconds * 1000 / steps,
        processor * 1000 / steps);
  }

  private static State run(State state, String script) {
    return state.run().args(List.of("/bin/busybox", "sh", "-c", script)).build().root();
  }

  private static byte[] definition(State state) {
    return state.marshal(MarshalOptions.defaults()).toBytes();
  }

  private Build build() throws Exception {
    return worker.build(new BuildRequest(BuildFacts.NONE, SessionGroup.NONE, event -> {}));
  }

  private void solve(State state) throws Exception {
    solve(definition(state));
  }

  private void solve(byte[] definition) throws Exception {
    try (Build build = build()) {
      build.solve(definition).evaluate();
    }
  }
}
