package dev.gatehouse.cli;

import dev.gatehouse.cli.option.Options;
import dev.gatehouse.cli.option.UsageException;
import dev.gatehouse.cli.progress.Units;
import dev.gatehouse.client.BuildClient;
import dev.gatehouse.client.DaemonInfo;
import dev.gatehouse.client.WorkerRecord;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.llb.Definition;
import dev.gatehouse.llb.LlbException;
import dev.gatehouse.llb.LlbGraph;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** {@code gatehouse debug}: a look inside the daemon and inside of definitions. */
final class DebugCommand {
  private final PrintStream out;
  private final PrintStream err;
  private final CommandSpec group =
      Commands.group("Look inside the daemon and inside of definitions.");
  private final CommandSpec workers;
  private final CommandSpec info;
  private final CommandSpec dump;

  DebugCommand(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
    workers =
        Commands.command("List the daemon's workers.", this::workers)
            .addOption(Options.value("ADDRESS", "The daemon.", "--addr"))
            .addOption(Options.flag("Show labels and collection steps.", "--verbose", "-v"));
    info =
        Commands.command("Show what the daemon is.", this::info)
            .addOption(Options.value("ADDRESS", "The daemon.", "--addr"));
    dump =
        Commands.command("Print an LLB definition, a line of JSON for each operation.", this::dump)
            .addOption(Options.flag("Print a graph for Graphviz.", "--dot"));
    dump.addPositional(
        PositionalParamSpec.builder()
            .paramLabel("FILE")
            .type(String.class)
            .arity("0..1")
            .description("The definition; without it, or with -, standard input.")
            .build());
    group.addSubcommand("workers", workers);
    group.addSubcommand("info", info);
    group.addSubcommand("dump-llb", dump);
  }

  CommandSpec spec() {
    return group;
  }

  private int workers()
      throws UsageException, IOException, FrontendException, InterruptedException {
    LogSetup.client(err);
    try (BuildClient client = DaemonConnection.open(Options.get(workers, "--addr"), false, err)) {
      List<WorkerRecord> records = client.listWorkers(List.of());
      boolean verbose = Options.isSet(workers, "--verbose");
      if (!verbose) {
        out.printf("%-34s %s%n", "ID", "PLATFORMS");
      }
      for (WorkerRecord record : records) {
        String platforms =
            String.join(",", record.platforms().stream().map(Object::toString).toList());
        if (verbose) {
          showAll(record, platforms);
        } else {
          out.printf("%-34s %s%n", record.id(), platforms);
        }
      }
    }
    return 0;
  }

  private void showAll(WorkerRecord record, String platforms) {
    out.println("ID:        " + record.id());
    out.println("Platforms: " + platforms);
    out.println("Version:   " + version(record.version()));
    out.println("Labels:");
    new TreeMap<>(record.labels()).forEach((key, value) -> out.println("  " + key + ": " + value));
    int number = 0;
    for (WorkerRecord.GcPolicy policy : record.gcPolicies()) {
      out.println("GC policy " + number++ + ":");
      out.println("  All:            " + policy.all());
      if (!policy.filters().isEmpty()) {
        out.println("  Filters:        " + String.join(" ", policy.filters()));
      }
      if (!policy.keepDuration().isZero()) {
        out.println("  Keep duration:  " + policy.keepDuration());
      }
      size("Reserved space", policy.reservedSpace());
      size("Max used space", policy.maxUsedSpace());
      size("Min free space", policy.minFreeSpace());
    }
    out.println();
  }

  private void size(String name, long bytes) {
    if (bytes > 0) {
      out.println("  " + name + ": " + Units.bytes(bytes));
    }
  }

  private int info() throws UsageException, IOException, FrontendException, InterruptedException {
    LogSetup.client(err);
    try (BuildClient client = DaemonConnection.open(Options.get(info, "--addr"), false, err)) {
      out.println(version(client.info()));
    }
    return 0;
  }

  private static String version(DaemonInfo info) {
    return (info.packageName() + " " + info.version() + " " + info.revision()).strip();
  }

  private int dump() throws UsageException, IOException {
    String file = dump.positionalParameters().get(0).getValue();
    byte[] bytes =
        file == null || file.equals("-")
            ? System.in.readAllBytes()
            : Files.readAllBytes(Path.of(file));
    try {
      LlbGraph graph = LlbGraph.of(Definition.parse(bytes));
      out.print(Options.isSet(dump, "--dot") ? graph.toDot() : graph.toJsonLines());
      return 0;
    } catch (LlbException e) {
      throw new UsageException(String.valueOf(e.getMessage()));
    }
  }
}
