package dev.gatehouse.solver.bench;

import dev.gatehouse.llb.Constraints;
import dev.gatehouse.llb.CopyOptions;
import dev.gatehouse.llb.FileAction;
import dev.gatehouse.llb.FileOptions;
import dev.gatehouse.llb.MarshalOptions;
import dev.gatehouse.llb.State;
import dev.gatehouse.solver.core.ProgressEvent;
import dev.gatehouse.solver.worker.Build;
import dev.gatehouse.solver.worker.BuildFacts;
import dev.gatehouse.solver.worker.BuildRequest;
import dev.gatehouse.solver.worker.Worker;
import dev.gatehouse.solver.worker.WorkerConfig;
import dev.gatehouse.solver.worker.session.SessionGroup;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What steps of a build cost, in system calls of the process that builds: syncs, mounts, processes
 * started. Needs Linux, root, strace, a busybox that is linked statically, and crun or runc.
 *
 * <pre>{@code
 * mvn -pl solver/bench -am install -DskipTests
 * java -jar solver/bench/target/gatehouse-bench-0.1.0-SNAPSHOT.jar
 * }</pre>
 *
 * Ends with 1 if a RUN step syncs more than twice, mounts more than six times or starts another
 * process than the container runtime's, or if a file operation mounts more than once.
 */
public final class StepCosts {
  private static final Path BUSYBOX = Path.of("/bin/busybox");
  private static final int RUNS = 10;
  private static final int FILES = 100;
  private static final int COPIES = 20;
  private static final double MAX_RUN_SYNCS = 2;
  private static final double MAX_RUN_MOUNTS = 6;
  private static final double MAX_FILE_MOUNTS = 1;

  private static final String CALLS =
      "trace=fsync,fdatasync,syncfs,sync,mount,umount2,clone,clone3,fork,vfork,execve,mkdir,mkdirat";

  private StepCosts() {}

  public static void main(String[] args) throws Exception {
    if (args.length == 2 && args[0].equals("--traced")) {
      build(Path.of(args[1]));
      return;
    }
    System.exit(measure(System.out) ? 0 : 1);
  }

  /** Builds in a process of its own, under strace, and tells what it did. */
  private static boolean measure(PrintStream out) throws IOException, InterruptedException {
    Path directory = Files.createTempDirectory("gatehouse-bench-");
    try {
      Path log = directory.resolve("calls");
      Process traced =
          new ProcessBuilder(
                  List.of(
                      "strace",
                      "-f",
                      "-qq",
                      "-s",
                      "200",
                      "-e",
                      CALLS,
                      "-o",
                      log.toString(),
                      Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                      "--enable-native-access=ALL-UNNAMED",
                      "-cp",
                      System.getProperty("java.class.path"),
                      StepCosts.class.getName(),
                      "--traced",
                      directory.resolve("state").toString()))
              .inheritIO()
              .start();
      if (traced.waitFor() != 0) {
        throw new IOException("the traced build ended with " + traced.exitValue());
      }
      return report(CallLog.read(Files.readAllLines(log, StandardCharsets.ISO_8859_1)), out);
    } finally {
      Process remove = new ProcessBuilder("rm", "-rf", directory.toString()).start();
      remove.waitFor();
    }
  }

  private static boolean report(Map<String, CallLog.Counts> phases, PrintStream out) {
    out.printf("%-24s %8s %8s %8s %10s%n", "per step", "syncs", "mounts", "unmounts", "processes");
    phases.forEach((name, counts) -> {
      double steps = steps(name);
      if (steps > 0) {
        out.printf(
            Locale.ROOT,
            "%-24s %8.2f %8.2f %8.2f %10.2f  %s%n",
            name,
            counts.syncs() / steps,
            counts.mounts() / steps,
            counts.unmounts() / steps,
            counts.processes() / steps,
            counts.programs());
      }
    });
    boolean good = true;
    for (Map.Entry<String, CallLog.Counts> phase : phases.entrySet()) {
      double steps = steps(phase.getKey());
      CallLog.Counts c = phase.getValue();
      if (phase.getKey().startsWith("run")) {
        good &= c.syncs() / steps <= MAX_RUN_SYNCS && c.mounts() / steps <= MAX_RUN_MOUNTS;
        good &=
            c.programs().keySet().stream().allMatch(p -> p.contains("runc") || p.contains("crun"));
        good &= c.processes() <= steps;
      } else if (phase.getKey().startsWith("file") || phase.getKey().startsWith("copy")) {
        good &= c.mounts() / steps <= MAX_FILE_MOUNTS && c.processes() == 0;
      } else if (phase.getKey().startsWith("cached")) {
        good &= c.processes() == 0 && c.mounts() == 0;
      }
    }
    out.println(good ? "within the limits" : "OVER THE LIMITS");
    return good;
  }

  private static double steps(String phase) {
    String count = phase.replaceAll("[^0-9]", "");
    return count.isEmpty() ? 0 : Integer.parseInt(count);
  }

  /** What is traced. */
  private static void build(Path state) throws Exception {
    byte[] busybox = Files.readAllBytes(BUSYBOX);
    State base =
        State.scratch()
            .file(FileAction.mkdir("/bin", 0755, true, FileOptions.NONE), Constraints.NONE)
            .file(
                FileAction.mkfile("/bin/busybox", 0755, busybox, FileOptions.NONE),
                Constraints.NONE);
    State run = base;
    for (int i = 0; i < RUNS; i++) {
      run =
          run.run()
              .args(List.of("/bin/busybox", "sh", "-c", "echo " + i + " > /made-" + i))
              .build()
              .root();
    }
    State files = base;
    for (int i = 0; i < FILES; i++) {
      byte[] content = ("file " + i).getBytes(StandardCharsets.UTF_8);
      files =
          files.file(
              FileAction.mkfile("/file-" + i, 0644, content, FileOptions.NONE), Constraints.NONE);
    }
    State copies = files;
    for (int i = 0; i < COPIES; i++) {
      copies =
          copies.file(
              FileAction.copy(run, "/made-" + i % RUNS, "/copy-" + i, CopyOptions.NONE),
              Constraints.NONE);
    }
    State first = base.run().args(List.of("/bin/busybox", "true")).build().root();
    try (Worker worker = Worker.open(WorkerConfig.of(state))) {
      solve(worker, first); // finds the container runtime, loads classes
      phase("run " + RUNS);
      solve(worker, run);
      phase("file operation " + FILES);
      solve(worker, files);
      phase("copy between trees " + COPIES);
      solve(worker, copies);
      phase("cached " + (RUNS + FILES + COPIES));
      solve(worker, copies);
      phase("end");
    }
  }

  private static void solve(Worker worker, State state) throws Exception {
    BuildRequest request = new BuildRequest(BuildFacts.NONE, SessionGroup.NONE, StepCosts::tell);
    try (Build build = worker.build(request)) {
      build.solve(state.marshal(MarshalOptions.defaults()).toBytes()).evaluate();
    }
  }

  private static void tell(ProgressEvent event) {
    if (event instanceof ProgressEvent.VertexLog log && log.stream() == 2) {
      System.err.print(new String(log.data(), StandardCharsets.UTF_8));
    }
  }

  private static void phase(String name) {
    try {
      Files.createDirectory(Path.of(CallLog.MARK + name));
    } catch (IOException e) {
      return; // as meant: strace has seen it
    }
    throw new IllegalStateException("a directory in /proc was made");
  }
}
